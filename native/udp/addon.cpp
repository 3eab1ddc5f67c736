/** The door to JavaScript: one `Socket` per object, read by libuv's poll, one call into JavaScript per batch of datagrams. */
#include <fcntl.h>
#include <napi.h>
#include <uv.h>

#include <algorithm>
#include <ctime>
#include <memory>

#include "socket.h"

namespace {

class SocketObject;

/** Outlives the object until libuv has let go of the handle. */
struct Poll {
  uv_poll_t handle{};
  SocketObject* owner = nullptr;
  napi_async_cleanup_hook_handle cleanup = nullptr;
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
  static void onCleanup(napi_async_cleanup_hook_handle, void* data);
  static void onClosed(uv_handle_t* handle);

  bool start(uv_loop_t* loop);
  void stop();
  void watch();
  void ready(bool errors);
  bool call(uint32_t datagrams, uint32_t errors);
  void shareWakeUp();
  template <typename T>
  T* keep(Napi::Value view, size_t& length);

  udp::Socket socket_;
  udp::Memory memory_;
  Poll* poll_ = nullptr;
  std::unique_ptr<Napi::AsyncContext> context_;
  Napi::FunctionReference callback_;
  std::vector<Napi::ObjectReference> kept_;
  bool writing_ = false;  // the kernel's buffer was full: watch for room
  int watched_ = 0;
  uint64_t shareNs_ = 0;
  uint64_t lastWakeNs_ = 0;
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

// new Socket({ address, port, reusePort, receiveBufferBytes, shareWakeUpsUs, slotBytes,
//              rx, rxRecords, tx, txRecords, errorRecords, control }, callback)
SocketObject::SocketObject(const Napi::CallbackInfo& info) : Napi::ObjectWrap<SocketObject>(info) {
  Napi::Env env = info.Env();
  auto options = info[0].As<Napi::Object>();
  auto number = [&options](const char* name) { return options.Get(name).As<Napi::Number>().Int64Value(); };
  size_t length = 0;
  memory_.slotBytes = static_cast<size_t>(number("slotBytes"));
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
  shareNs_ = static_cast<uint64_t>(number("shareWakeUpsUs")) * 1000;
  callback_ = Napi::Persistent(info[1].As<Napi::Function>());

  const udp::Options wanted{options.Get("address").As<Napi::String>().Utf8Value(), static_cast<uint16_t>(number("port")),
                            options.Get("reusePort").As<Napi::Boolean>().Value(), static_cast<int>(number("receiveBufferBytes"))};
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
  auto poll = std::make_unique<Poll>();
  if (uv_poll_init(loop, &poll->handle, socket_.fd()) != 0) return false;
  poll_ = poll.release();
  poll_->handle.data = poll_;
  poll_->owner = this;
  context_ = std::make_unique<Napi::AsyncContext>(Env(), "STROWGER_UDP", Value());
  napi_add_async_cleanup_hook(Env(), onCleanup, poll_, &poll_->cleanup);
  Ref();  // alive until closed, whoever forgets it
  watch();
  return true;
}

/** Two system calls when something changes, none otherwise. */
void SocketObject::watch() {
  const int wanted = UV_READABLE | UV_PRIORITIZED | (writing_ ? UV_WRITABLE : 0);
  if (poll_ == nullptr || watched_ == wanted) return;
  watched_ = wanted;
  uv_poll_start(&poll_->handle, wanted, onPoll);
}

/** Idempotent; also inside the callback, where the rest of the wake-up sees a closed socket. */
void SocketObject::stop() {
  if (poll_ == nullptr) return;
  Poll* poll = poll_;
  poll_ = nullptr;
  poll->owner = nullptr;
  uv_poll_stop(&poll->handle);
  uv_close(reinterpret_cast<uv_handle_t*>(&poll->handle), onClosed);
  socket_.close();
  // The callback refers to its owner, which refers to this object: without letting go here none of them would ever be collected.
  callback_.Reset();
  kept_.clear();
  Unref();
}

void SocketObject::onClosed(uv_handle_t* handle) {
  std::unique_ptr<Poll> poll(static_cast<Poll*>(handle->data));
  napi_remove_async_cleanup_hook(poll->cleanup);
}

/** The thread or process ends: the loop waits for `onClosed`. */
void SocketObject::onCleanup(napi_async_cleanup_hook_handle, void* data) {
  auto* poll = static_cast<Poll*>(data);
  if (poll->owner != nullptr) poll->owner->stop();
}

void SocketObject::onPoll(uv_poll_t* handle, int status, int events) {
  SocketObject* owner = static_cast<Poll*>(handle->data)->owner;
  if (owner == nullptr) return;
  Napi::HandleScope scope(owner->Env());
  [[maybe_unused]] const Napi::Value alive = owner->Value();  // a close() in the callback must not free it yet
  if (status == 0 && (events & UV_WRITABLE) != 0) owner->writing_ = !owner->socket_.flush();
  if ((events & UV_READABLE) != 0) owner->shareWakeUp();
  if (status < 0) owner->watched_ = 0;  // libuv has stopped watching
  owner->ready(status < 0 || (events & UV_PRIORITIZED) != 0);
  owner->watch();
}

void SocketObject::ready(bool errors) {
  for (int round = 0; round < kRounds && poll_ != nullptr; round++) {
    if (errors) socket_.readErrors();
    const uint32_t datagrams = socket_.receive();
    const uint32_t failed = socket_.takeErrors();
    if (datagrams + failed == 0) return;
    if (!call(datagrams, failed)) return;
    if (poll_ != nullptr && memory_.control->count > 0) writing_ = !socket_.flush();
    if (datagrams < memory_.batch) break;
  }
  // Sends of this turn that failed at once.
  if (const uint32_t failed = socket_.takeErrors(); failed > 0 && poll_ != nullptr) call(0, failed);
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

/** Under load, waits a moment so that this wake-up finds more to do. Never when the last one was long ago or a timer is due. */
void SocketObject::shareWakeUp() {
  if (shareNs_ == 0) return;
  const uint64_t now = uv_hrtime();
  const uint64_t since = now - lastWakeNs_;
  const int untilTimerMs = uv_backend_timeout(poll_->handle.loop);
  const bool timerDue = untilTimerMs >= 0 && static_cast<uint64_t>(untilTimerMs) * 1000000 <= shareNs_;
  if (since < shareNs_ * 2 && !timerDue) {
    const uint64_t wait = since < shareNs_ ? shareNs_ - since : 0;
    const timespec time{static_cast<time_t>(wait / 1000000000), static_cast<long>(wait % 1000000000)};
    if (wait > 0) nanosleep(&time, nullptr);
  }
  lastWakeNs_ = uv_hrtime();
}

/** Sends the queue; returns how many datagrams failed at once and lie in the error table. */
Napi::Value SocketObject::flush(const Napi::CallbackInfo& info) {
  if (poll_ != nullptr) {
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
