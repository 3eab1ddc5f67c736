// The engine for JavaScript: `new Engine(options, onEvent)`. packages/rtp-relay/src/engine.ts has its types.
#include <napi.h>

#include <memory>

#include "engine.h"
#include "sockets.h"

namespace {

using relay::Address;
using relay::Event;
using relay::Learn;

void callJs(Napi::Env env, Napi::Function onEvent, std::nullptr_t*, Event* event) {
  const std::unique_ptr<Event> owned(event);
  if (env == nullptr || onEvent.IsEmpty()) return;
  static const char* const KINDS[] = {"learned", "silent", "digit"};
  onEvent.Call({
      Napi::String::New(env, KINDS[static_cast<int>(event->kind)]),
      Napi::Number::New(env, event->stream),
      Napi::Number::New(env, event->generation),
      Napi::String::New(env, event->source.text()),
      Napi::Number::New(env, event->source.port()),
      Napi::Boolean::New(env, event->rtcp),
      Napi::Number::New(env, static_cast<double>(event->forMs)),
      Napi::Number::New(env, event->event),
  });
}

using Listener = Napi::TypedThreadSafeFunction<std::nullptr_t, Event, callJs>;

void throwCoded(Napi::Env env, const relay::Trouble& trouble) {
  Napi::Error error = Napi::Error::New(env, trouble.message);
  error.Set("code", trouble.code);
  error.ThrowAsJavaScriptException();
}

relay::EngineOptions optionsOf(const Napi::Object& given) {
  relay::EngineOptions options;
  const auto addresses = given.Get("addresses").As<Napi::Array>();
  for (uint32_t index = 0; index < addresses.Length(); ++index) options.addresses.push_back(addresses.Get(index).ToString());
  options.firstPort = static_cast<uint16_t>(given.Get("firstPort").ToNumber().Uint32Value());
  options.lastPort = static_cast<uint16_t>(given.Get("lastPort").ToNumber().Uint32Value());
  options.threads = given.Get("threads").ToNumber().Uint32Value();
  options.restMs = given.Get("restMs").ToNumber().Int64Value();
  options.shareWakeUpsUs = given.Get("shareWakeUpsUs").ToNumber().Uint32Value();
  options.keptPairs = given.Get("keptPairs").ToNumber().Uint32Value();
  options.wakeLater = true;
  options.fastPath = given.Get("fastPath").ToString();
  options.bpffs = given.Get("bpffs").ToString();
  options.inherits = given.Get("inherits").ToBoolean();
  return options;
}

class EngineObject : public Napi::ObjectWrap<EngineObject> {
 public:
  static Napi::Function define(Napi::Env env) {
    return DefineClass(env, "Engine",
                       {InstanceMethod<&EngineObject::open>("open"), InstanceMethod<&EngineObject::connect>("connect"),
                        InstanceMethod<&EngineObject::join>("join"),
                        InstanceMethod<&EngineObject::twin>("twin"), InstanceMethod<&EngineObject::mark>("mark"), InstanceMethod<&EngineObject::sift>("sift"),
                        InstanceMethod<&EngineObject::watch>("watch"),
                        InstanceMethod<&EngineObject::takeOver>("takeOver"), InstanceMethod<&EngineObject::settle>("settle"),
                        InstanceMethod<&EngineObject::close>("close"), InstanceMethod<&EngineObject::stop>("stop"),
                        InstanceMethod<&EngineObject::portsInUse>("portsInUse"),
                        InstanceMethod<&EngineObject::fastPathTrouble>("fastPathTrouble"),
                        InstanceMethod<&EngineObject::counters>("counters")});
  }

  explicit EngineObject(const Napi::CallbackInfo& info) : Napi::ObjectWrap<EngineObject>(info), env_(info.Env()) {
    listener_ = Listener::New(env_, info[1].As<Napi::Function>(), "strowger relay", 0, 1);
    // The sink must not outlive the listener: `end` stops the threads first.
    const Listener listener = listener_;
    engine_ = std::make_unique<relay::Engine>(optionsOf(info[0].As<Napi::Object>()), [listener](const Event& event) {
      auto copy = std::make_unique<Event>(event);
      if (listener.NonBlockingCall(copy.get()) == napi_ok) copy.release();
    });
    napi_add_env_cleanup_hook(env_, &EngineObject::onExit, this);
    const relay::Trouble trouble = engine_->check();
    if (trouble.code.empty()) return;
    end();
    throwCoded(env_, trouble);
  }

  ~EngineObject() override { end(); }

 private:
  static void onExit(void* self) { static_cast<EngineObject*>(self)->end(); }

  void end() {
    if (ended_) return;
    ended_ = true;
    napi_remove_env_cleanup_hook(env_, &EngineObject::onExit, this);
    engine_->stop();
    listener_.Release();
  }

  // (address, thread, port or 0) -> [stream, generation, port]
  Napi::Value open(const Napi::CallbackInfo& info) {
    const relay::Opened opened = engine_->open(number(info[0]), number(info[1]), static_cast<uint16_t>(number(info[2])));
    if (!opened.trouble.code.empty()) {
      throwCoded(env_, opened.trouble);
      return env_.Undefined();
    }
    Napi::Array result = Napi::Array::New(env_, 3);
    result.Set(0u, Napi::Number::New(env_, opened.stream));
    result.Set(1u, Napi::Number::New(env_, opened.generation));
    result.Set(2u, Napi::Number::New(env_, opened.port));
    return result;
  }

  // (stream, address, port, rtcpAddress, rtcpPort, signalling, learn, flags, clockRate, eventType, learned, learnedPort)
  void connect(const Napi::CallbackInfo& info) {
    const uint32_t flags = number(info[7]);
    const auto learn = static_cast<Learn>(number(info[6]));
    const Address signalling = address(info[5], 0);
    relay::Remote remote;
    relay::SourceLock::Announced rtp = {address(info[1], number(info[2])), signalling, learn, (flags & 4) != 0};
    rtp.strict = (flags & 16) != 0;
    rtp.handover = (flags & 32) != 0;
    rtp.asymmetric = (flags & 64) != 0;
    remote.rtp = remote.rtcp = rtp;
    remote.rtcp.media = address(info[3], number(info[4]));
    remote.rtcp.sendable = (flags & 8) != 0;
    remote.mux = (flags & 1) != 0;
    remote.raw = (flags & 2) != 0;
    remote.clockRate = number(info[8]);
    remote.eventType = static_cast<uint8_t>(number(info[9]));
    remote.learned = address(info[10], number(info[11]));
    engine_->connect(number(info[0]), remote);
  }

  // (from, to): `to` undefined undoes
  void join(const Napi::CallbackInfo& info) {
    engine_->join(number(info[0]), info[1].IsNumber() ? number(info[1]) : relay::NOBODY);
  }

  // (stream, other): `other` undefined undoes; false when they are of different threads
  Napi::Value twin(const Napi::CallbackInfo& info) {
    return Napi::Boolean::New(env_, engine_->twin(number(info[0]), info[1].IsNumber() ? number(info[1]) : relay::NOBODY));
  }

  // (stream, tos)
  void mark(const Napi::CallbackInfo& info) { engine_->mark(number(info[0]), static_cast<uint8_t>(number(info[1]))); }

  // (stream, voice, events, silences): 0 passes sound, 1 replaces it by silence, 2 holds it back; silences are payload types, each with its byte
  void sift(const Napi::CallbackInfo& info) {
    relay::Sieve sieve = {static_cast<relay::Voice>(number(info[1])), info[2].ToBoolean().Value(), {}};
    const auto pairs = info[3].As<Napi::Array>();
    for (uint32_t at = 0; at < sieve.silences.size() && 2 * at + 1 < pairs.Length(); ++at) {
      sieve.silences[at] = {static_cast<uint8_t>(number(pairs[2 * at])), static_cast<uint8_t>(number(pairs[2 * at + 1]))};
    }
    engine_->sift(number(info[0]), sieve);
  }

  // (stream, silenceMs): 0 stops
  void watch(const Napi::CallbackInfo& info) { engine_->watch(number(info[0]), info[1].ToNumber().Int64Value()); }

  // (stream, packets, bytes)
  void takeOver(const Napi::CallbackInfo& info) {
    const auto count = [&info](size_t at) { return static_cast<uint64_t>(info[at].ToNumber().DoubleValue()); };
    engine_->takeOver(number(info[0]), {count(1), count(2)});
  }

  void settle(const Napi::CallbackInfo&) { engine_->settle(); }

  void close(const Napi::CallbackInfo& info) { engine_->close(number(info[0])); }

  void stop(const Napi::CallbackInfo&) { end(); }

  Napi::Value portsInUse(const Napi::CallbackInfo&) { return Napi::Number::New(env_, static_cast<double>(engine_->portsInUse())); }

  // "" when the kernel forwards, or was not asked to.
  Napi::Value fastPathTrouble(const Napi::CallbackInfo&) { return Napi::String::New(env_, engine_->fastPathTrouble()); }

  // The block as an ArrayBuffer of doubles; it stays valid after `stop`.
  Napi::Value counters(const Napi::CallbackInfo&) {
    const relay::Counters& counters = engine_->counters();
    auto* owner = new std::shared_ptr<relay::Number>(counters.block());
    return Napi::ArrayBuffer::New(
        env_, static_cast<void*>(owner->get()), counters.bytes(), [](Napi::Env, void*, std::shared_ptr<relay::Number>* held) { delete held; },
        owner);
  }

  static uint32_t number(const Napi::Value& value) { return value.ToNumber().Uint32Value(); }
  static Address address(const Napi::Value& text, uint32_t port) {
    return text.IsString() ? Address::parse(text.As<Napi::String>(), static_cast<uint16_t>(port)) : Address();
  }

  Napi::Env env_;
  Listener listener_;
  std::unique_ptr<relay::Engine> engine_;
  bool ended_ = false;
};

Napi::Value raiseFileLimit(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), relay::raiseFileLimit(info[0].ToNumber().DoubleValue()));
}

Napi::Object init(Napi::Env env, Napi::Object exports) {
  exports.Set("Engine", EngineObject::define(env));
  exports.Set("raiseFileLimit", Napi::Function::New(env, raiseFileLimit, "raiseFileLimit"));
  return exports;
}

}  // namespace

NODE_API_MODULE(relay, init)
