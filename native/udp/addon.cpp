/** The door to JavaScript: one `Socket` per object, read by libuv's poll, one call into JavaScript per batch of datagrams. */
#include <fcntl.h>
#include <napi.h>
#include <sys/timerfd.h>
#include <unistd.h>
#include <uv.h>

#include <algorithm>
#include <memory>

#include "sharing.h"
#include "socket.h"

namespace {

class SocketObject;

/** What libuv watches; outlives the object until libuv has let go of the handles. */
struct Watch {
  uv_poll_t socket{};
  uv_poll_t timer{};  // of shared wake-ups; only when they are asked for
  int timerFd = -1;
  int handles = 1;
  SocketObject* owner = nullptr;
  napi_async_cleanup_hook_handle cleanup = nullptr;

  ~Watch() {
    if (timerFd >= 0) ::close(timerFd);
  }
};

class SocketObject : public Napi::ObjectWrap<SocketObject> {
 public:
  explicit SocketObject(const Napi::CallbackInfo& info);
  ~SocketObject() override { stop(); }
  static Napi::Object init(Napi::Env env, Napi::Object exports);

 private:
  // From JavaScript.
  Napi::Value flush(const Napi::CallbackInfo& info);
  void close(const Napi::CallbackInfo&) { stop(); }
  Napi::Value local(const Napi::CallbackInfo& info);

  // From libuv and the environment.
  static void onPoll(uv_poll_t* handle, int status, int events);
  static void onTimer(uv_poll_t* handle, int status, int events);
  static void onCleanup(napi_async_cleanup_hook_handle, void* data);
  static void onClosed(uv_handle_t* handle);

  bool start(uv_loop_t* loop);
  bool startTimer(uv_loop_t* loop);
  void stop();
  void watch();
  void read(bool errors);
  uint32_t ready(bool errors);
  bool call(uint32_t datagrams, uint32_t errors);
  void pause(uint64_t ns);
  void send();
  void flushQueue();
  template <typename T>
  T* keep(Napi::Value view, size_t& length);

  udp::Socket socket_;
  udp::Memory memory_;
  Watch* watch_ = nullptr;
  std::unique_ptr<Napi::AsyncContext> context_;
  Napi::FunctionReference callback_;
  std::vector<Napi::ObjectReference> kept_;
  bool writing_ = false;  // the kernel's buffer was full: watch for room
  int watched_ = 0;
  udp::Sharing sharing_;
  bool paused_ = false;  // left alone until the timer
};

/** Batches per wake-up, so that a flooded socket leaves the event loop to others. */
constexpr int kRounds = 4;

Napi::Object SocketObject::init(Napi::Env env, Napi::Object exports) {
  exports.Set("Socket", DefineClass(env, "Socket",
                                    {InstanceMethod("flush", &SocketObject::flush), InstanceMethod("close", &SocketObject::close),
                                     InstanceMethod("local", &SocketObject::local)}));
  return exports;
}

template <typename T>
T* SocketObject::keep(Napi::Value view, size_t& length) {
  auto array = view.As<Napi::TypedArray>();
  kept_.push_back(Napi::Persistent(array.As<Napi::Object>()));
  length = array.ByteLength() / sizeof(T);
  return reinterpret_cast<T*>(static_cast<uint8_t*>(array.ArrayBuffer().Data()) + array.ByteOffset());
}

// new Socket({ address, port, reusePort, receiveBufferBytes, timestamps, shareWakeUpsUs, slotBytes, maxBytes,
//              rx, rxRecords, tx, txRecords, errorRecords, control }, callback)
SocketObject::SocketObject(const Napi::CallbackInfo& info) : Napi::ObjectWrap<SocketObject>(info) {
  Napi::Env env = info.Env();
  auto options = info[0].As<Napi::Object>();
  auto number = [&options](const char* name) { return options.Get(name).As<Napi::Number>().Int64Value(); };
  size_t length = 0;
  memory_.slotBytes = static_cast<size_t>(number("slotBytes"));
  memory_.maxBytes = static_cast<size_t>(number("maxBytes"));
  memory_.rx = keep<uint8_t>(options.Get("rx"), length);
  memory_.batch = static_cast<uint32_t>(length / memory_.slotBytes);
  memory_.rxRecords = keep<udp::Record>(options.Get("rxRecords"), length);
  memory_.batch = std::min(memory_.batch, static_cast<uint32_t>(length));
  memory_.tx = keep<uint8_t>(options.Get("tx"), memory_.txBytes);
  memory_.txRecords = keep<udp::Record>(options.Get("txRecords"), length);
  memory_.txCapacity = static_cast<uint32_t>(length);
  memory_.errors = keep<udp::Record>(options.Get("errorRecords"), length);
  memory_.errorCapacity = static_cast<uint32_t>(length);
  memory_.control = keep<udp::Control>(options.Get("control"), length);
  sharing_ = udp::Sharing(static_cast<uint64_t>(number("shareWakeUpsUs")) * 1000, udp::Sharing::kOfScript);
  callback_ = Napi::Persistent(info[1].As<Napi::Function>());

  auto flag = [&options](const char* name) { return options.Get(name).As<Napi::Boolean>().Value(); };
  const udp::Options wanted{options.Get("address").As<Napi::String>().Utf8Value(), static_cast<uint16_t>(number("port")),
                            flag("reusePort"), static_cast<int>(number("receiveBufferBytes")), flag("timestamps")};
  udp::Failure failure = socket_.open(wanted, memory_);
  uv_loop_t* loop = nullptr;
  if (failure.code == 0 && (napi_get_uv_event_loop(env, &loop) != napi_ok || !start(loop))) failure = {EIO, "uv_poll_init"};
  if (failure.code == 0) return;
  socket_.close();
  Napi::Error error = Napi::Error::New(env, failure.call);
  error.Set("errno", Napi::Number::New(env, failure.code));
  error.Set("syscall", Napi::String::New(env, failure.call));
  error.ThrowAsJavaScriptException();
}

bool SocketObject::start(uv_loop_t* loop) {
  auto watched = std::make_unique<Watch>();
  if (uv_poll_init(loop, &watched->socket, socket_.fd()) != 0) return false;
  watch_ = watched.release();
  watch_->socket.data = watch_;
  watch_->owner = this;
  context_ = std::make_unique<Napi::AsyncContext>(Env(), "STROWGER_UDP", Value());
  napi_add_async_cleanup_hook(Env(), onCleanup, watch_, &watch_->cleanup);
  Ref();  // alive until closed, whoever forgets it
  if (sharing_.on() && !startTimer(loop)) return stop(), false;
  watch();
  return true;
}

/** libuv's timers count milliseconds: this one has its own descriptor. It keeps no process alive, the socket does. */
bool SocketObject::startTimer(uv_loop_t* loop) {
  watch_->timerFd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  if (watch_->timerFd < 0 || uv_poll_init(loop, &watch_->timer, watch_->timerFd) != 0) return false;
  watch_->timer.data = watch_;
  watch_->handles = 2;
  uv_unref(reinterpret_cast<uv_handle_t*>(&watch_->timer));
  return uv_poll_start(&watch_->timer, UV_READABLE, onTimer) == 0;
}

/** Two system calls when something changes, none otherwise. */
void SocketObject::watch() {
  const int wanted = UV_PRIORITIZED | (paused_ ? 0 : UV_READABLE) | (writing_ ? UV_WRITABLE : 0);
  if (watch_ == nullptr || watched_ == wanted) return;
  watched_ = wanted;
  uv_poll_start(&watch_->socket, wanted, onPoll);
}

/** Idempotent; also inside the callback, where the rest of the wake-up sees a closed socket. */
void SocketObject::stop() {
  if (watch_ == nullptr) return;
  Watch* watched = watch_;
  watch_ = nullptr;
  watched->owner = nullptr;
  uv_close(reinterpret_cast<uv_handle_t*>(&watched->socket), onClosed);
  if (watched->handles == 2) uv_close(reinterpret_cast<uv_handle_t*>(&watched->timer), onClosed);
  socket_.close();
  // The callback refers to its owner, which refers to this object: without letting go here none of them would ever be collected.
  callback_.Reset();
  kept_.clear();
  Unref();
}

void SocketObject::onClosed(uv_handle_t* handle) {
  auto* watched = static_cast<Watch*>(handle->data);
  if (--watched->handles > 0) return;
  napi_remove_async_cleanup_hook(watched->cleanup);
  delete watched;
}

/** The thread or process ends: the loop waits for `onClosed`. */
void SocketObject::onCleanup(napi_async_cleanup_hook_handle, void* data) {
  auto* watched = static_cast<Watch*>(data);
  if (watched->owner != nullptr) watched->owner->stop();
}

void SocketObject::onPoll(uv_poll_t* handle, int status, int events) {
  SocketObject* owner = static_cast<Watch*>(handle->data)->owner;
  if (owner == nullptr) return;
  Napi::HandleScope scope(owner->Env());
  [[maybe_unused]] const Napi::Value alive = owner->Value();  // a close() in the callback must not free it yet
  if (status == 0 && (events & UV_WRITABLE) != 0) owner->flushQueue();
  if (status < 0) owner->watched_ = 0;  // libuv has stopped watching
  owner->read(status < 0 || (events & UV_PRIORITIZED) != 0);
}

/** A pause is over. Setting the timer anew, or to 0, takes back that it is readable: no read of it is needed. */
void SocketObject::onTimer(uv_poll_t* handle, int, int) {
  SocketObject* owner = static_cast<Watch*>(handle->data)->owner;
  if (owner == nullptr) return;
  Napi::HandleScope scope(owner->Env());
  [[maybe_unused]] const Napi::Value alive = owner->Value();
  owner->read(false);
  if (owner->watch_ != nullptr && !owner->paused_) owner->pause(0);
}

void SocketObject::read(bool errors) {
  const uint64_t woke = sharing_.on() ? uv_hrtime() : 0;
  memory_.control->wakeUps++;
  const uint32_t datagrams = ready(errors);
  const uint64_t ns = sharing_.on() && watch_ != nullptr ? sharing_.pauseAfter(woke, uv_hrtime(), datagrams) : 0;
  paused_ = ns > 0;
  if (paused_) pause(ns);
  watch();
}

/** The socket stays in the kernel's hands for so long; timers, streams and its own errors are served meanwhile. */
void SocketObject::pause(uint64_t ns) {
  if (ns > 0) memory_.control->pauses++;
  const itimerspec in{{0, 0}, {static_cast<time_t>(ns / 1'000'000'000), static_cast<long>(ns % 1'000'000'000)}};
  timerfd_settime(watch_->timerFd, 0, &in, nullptr);
}

/**
 * Reads and gives what there is to JavaScript. Returns how many datagrams. Who was woken for a few looks once more before it sends: what came
 * while they were dealt with costs no wake-up of its own, and the answers to both wake their receiver once.
 */
uint32_t SocketObject::ready(bool errors) {
  uint32_t total = 0;
  for (int round = 0; round < kRounds && watch_ != nullptr; round++) {
    if (errors) socket_.readErrors();
    const uint32_t datagrams = socket_.receive();
    const uint32_t failed = socket_.takeErrors();
    total += datagrams;
    if (datagrams + failed == 0) break;
    if (!call(datagrams, failed)) return total;
    if (datagrams == memory_.batch) send();
    else if (sharing_.busy()) break;
  }
  send();
  // Sends of this turn that failed at once.
  if (const uint32_t failed = socket_.takeErrors(); failed > 0 && watch_ != nullptr) call(0, failed);
  return total;
}

void SocketObject::send() {
  if (watch_ != nullptr && memory_.control->count > 0) writing_ = !socket_.flush();
}

/** The kernel has room again. */
void SocketObject::flushQueue() {
  writing_ = !socket_.flush();
  if (!writing_ && memory_.control->waiting != 0) call(0, socket_.takeErrors());
}

/** An exception goes where every uncaught one goes; the socket lives on. False when the thread is being terminated. */
bool SocketObject::call(uint32_t datagrams, uint32_t errors) {
  Napi::Env env = Env();
  Napi::HandleScope scope(env);
  napi_value arguments[2] = {Napi::Number::New(env, datagrams), Napi::Number::New(env, errors)};
  napi_value result = nullptr;
  if (napi_make_callback(env, *context_, Value(), callback_.Value(), 2, arguments, &result) == napi_ok) return true;
  bool pending = false;
  napi_is_exception_pending(env, &pending);
  napi_value exception = nullptr;
  if (!pending || napi_get_and_clear_last_exception(env, &exception) != napi_ok) return false;
  return napi_fatal_exception(env, exception) == napi_ok;
}

/** Sends the queue; returns how many datagrams failed at once and lie in the error table. */
Napi::Value SocketObject::flush(const Napi::CallbackInfo& info) {
  if (watch_ != nullptr) {
    writing_ = !socket_.flush();
    watch();
  }
  return Napi::Number::New(info.Env(), socket_.takeErrors());
}

Napi::Value SocketObject::local(const Napi::CallbackInfo& info) {
  const udp::Record record = socket_.local();
  auto bytes = Napi::Buffer<uint8_t>::Copy(info.Env(), record.address, record.family == 6 ? 16 : 4);
  auto result = Napi::Object::New(info.Env());
  result.Set("address", bytes);
  result.Set("port", Napi::Number::New(info.Env(), record.port));
  result.Set("scope", Napi::Number::New(info.Env(), record.scope));
  return result;
}

/** Another descriptor of the same socket, so that several threads can accept on it and each closes its own. */
Napi::Value duplicate(const Napi::CallbackInfo& info) {
  const int fd = ::fcntl(info[0].As<Napi::Number>().Int32Value(), F_DUPFD_CLOEXEC, 0);
  return Napi::Number::New(info.Env(), fd >= 0 ? fd : -errno);
}

Napi::Object init(Napi::Env env, Napi::Object exports) {
  exports.Set("duplicate", Napi::Function::New(env, duplicate, "duplicate"));
  return SocketObject::init(env, exports);
}

}  // namespace

NODE_API_MODULE(udp, init)
