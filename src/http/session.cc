#include "http/session.h"

#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <cstring>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "base/guid.h"
#include "base/logging.h"
#include "http/deadline.h"
#include "http/handoff.h"
#include "http/refusals.h"
#include "http/request_parser.h"
#include "http/response_head.h"

namespace rawhaul::http {
namespace {

namespace asio = boost::asio;
namespace ssl = asio::ssl;
using boost::system::error_code;
using Clock = Deadline::Clock;
template <typename T>
using Awaitable = asio::awaitable<T, Executor>;
using TlsStream = ssl::stream<Socket>;
using Outcome = RequestParser::Outcome;

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable_t<Executor>());
constexpr size_t kMinBufferBytes = 32 << 10;
// Bodies up to this size go out in one piece with the head: a copy is cheaper than a second TLS record.
constexpr size_t kMaxJoinedBytes = 8 << 10;
constexpr size_t kWriteStepBytes = 256 << 10;
constexpr size_t kPartBytes = 256 << 10;  // about: of a body that is handed on while it arrives
// What a client may still send after an answer that came before the end of its request.
constexpr size_t kMaxLingerBytes = 16 << 20;
constexpr std::chrono::seconds kMaxLinger{2};
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

// An answer in place of the handler's; nullopt: go on.
using Refusal = std::optional<Response>;

// Stands for "close without an answer".
constexpr int kNoAnswer = 0;
Response NoAnswer() { return {kNoAnswer, {}, {}}; }

// A connection; everything private runs on its thread.
template <typename Stream>
class Session final : public Connection, public std::enable_shared_from_this<Session<Stream>> {
 public:
  Session(Stream stream, const SessionContext& context)
      : context_(context),
        stream_(std::move(stream)),
        parser_(context.options.max_header_bytes),
        capacity_(std::max(context.options.max_header_bytes, kMinBufferBytes)),
        buffer_(std::make_unique_for_overwrite<char[]>(capacity_)),
        deadline_(std::make_shared<Deadline>(stream_.get_executor(), [this] { CancelTransfer(); })) {}

  Executor executor() { return stream_.get_executor(); }

  Awaitable<void> Run() {
    // g++ 12 miscompiles a co_await within &&.
    bool open = co_await Handshake();
    while (open && !context_.stopping) open = co_await ServeOne();
    co_await Finish();
  }

  // After Run, however that ended.
  void End() {
    deadline_->Stop();
    CloseSocket();
    if (handoff_) handoff_->Close();
  }

  void Drain() override {
    asio::post(executor(), [self = this->shared_from_this()] {
      if (self->idle_) self->CloseSocket();
    });
  }

  void Abort() override {
    asio::post(executor(), [self = this->shared_from_this()] {
      self->aborted_ = true;
      // First: what is still queued must not begin once the client has seen the connection close.
      if (self->handoff_) self->handoff_->Close();
      self->CloseSocket();
    });
  }

 private:
  static constexpr bool kTls = std::is_same_v<Stream, TlsStream>;

  Socket& socket() {
    if constexpr (kTls) {
      return stream_.next_layer();
    } else {
      return stream_;
    }
  }

  void CloseSocket() {
    error_code ignored;
    socket().close(ignored);
  }

  void CancelTransfer() {
    error_code ignored;
    socket().cancel(ignored);
  }

  Awaitable<bool> Handshake() {
    if constexpr (kTls) {
      deadline_->Set(Clock::now() + context_.options.header_timeout);
      const auto [ec] = co_await stream_.async_handshake(ssl::stream_base::server, kAwait);
      deadline_->Clear();
      co_return !ec;
    }
    co_return true;
  }

  // false when the connection cannot go on.
  Awaitable<bool> ServeOne() {
    parser_.Restart();
    route_ = nullptr;
    handoff_ = nullptr;
    broken_ = continued_ = false;
    Response response = co_await Respond();
    if (response.status == kNoAnswer) co_return false;
    co_return co_await Send(std::move(response));
  }

  Awaitable<Response> Respond() {
    Refusal refusal = co_await ReadHeader();
    RememberRequest();
    if (!refusal) refusal = FindRoute();
    if (!refusal && !route_->stream) refusal = co_await ReadBody();
    if (refusal) co_return *std::move(refusal);
    co_return co_await Handle();
  }

  // The handler gets the request itself; the answer and the observer need these.
  void RememberRequest() {
    const Request& request = parser_.request();
    method_ = request.method;
    path_ = request.path;
    request_id_ = request.request_id.empty() ? RandomGuid().ToHex() : request.request_id;
  }

  Awaitable<Refusal> ReadHeader() {
    if (begin_ == end_) {
      const auto patience = served_ ? context_.options.idle_timeout : context_.options.header_timeout;
      idle_ = true;
      const bool arrived = co_await Fill(Clock::now() + patience);
      if (!arrived) co_return NoAnswer();
    }
    idle_ = false;
    started_ = Clock::now();
    for (;;) {
      Refusal refusal = Feed();
      if (refusal || parser_.header_done()) co_return refusal;
      const bool arrived = co_await Fill(started_ + context_.options.header_timeout);
      if (!arrived) co_return timed_out_ ? TooSlow() : NoAnswer();
    }
  }

  Refusal FindRoute() {
    if (context_.stopping) return Stopping();
    Request& request = parser_.request();
    Router::Match match = context_.router.Find(request.method, request.path);
    if (match.route == nullptr) return NoRoute(match);
    route_ = match.route;
    request.path_parameters = std::move(match.path_parameters);
    request.secure = kTls;
    if (route_->stream) return std::nullopt;
    const size_t limit = route_->options.max_body_bytes;
    if (parser_.content_length().value_or(0) > limit) return BodyTooLarge(limit);
    parser_.LimitBody(limit);
    return std::nullopt;
  }

  Awaitable<Refusal> ReadBody() {
    while (!parser_.done()) {
      Refusal refusal = co_await ReadBodyStep();
      if (refusal) co_return refusal;
    }
    co_return std::nullopt;
  }

  Awaitable<Refusal> ReadBodyStep() {
    if (begin_ == end_ || starved_) {
      if (end_ - begin_ == capacity_) {
        broken_ = true;
        co_return BadRequest("A chunk's header or the trailer is too long.");
      }
      co_await SendContinue();
      const bool arrived = co_await Fill(Clock::now() + context_.options.body_timeout);
      if (!arrived) co_return timed_out_ ? TooSlow() : NoAnswer();
    }
    co_return Feed();
  }

  // Only while nothing of the body is there: a client that did not wait needs no permission.
  Awaitable<void> SendContinue() {
    if (!parser_.expects_continue() || std::exchange(continued_, true) || begin_ != end_) co_return;
    deadline_->Set(Clock::now() + context_.options.body_timeout);
    co_await asio::async_write(stream_, asio::buffer(kContinue), kAwait);
    deadline_->Clear();
  }

  Awaitable<Response> Handle() {
    if (aborted_) co_return NoAnswer();
    handoff_ = std::make_shared<Handoff>();
    Refusal body_failure;
    context_.dispatcher.Run(*route_, std::move(parser_.request()), handoff_);
    for (;;) {
      switch (co_await handoff_->Next()) {
        case Handoff::Event::kClosed:
          co_return NoAnswer();
        case Handoff::Event::kAnswered:
          co_return body_failure ? *std::move(body_failure) : handoff_->TakeAnswer();
        case Handoff::Event::kPartWanted:
          handoff_->GivePart(co_await ReadPart(body_failure));
      }
    }
  }

  // All that is here, up to a limit: each part costs two changes of threads.
  Awaitable<Result<std::string>> ReadPart(Refusal& failure) {
    std::string& part = parser_.request().body;
    part.clear();
    while (!failure && !parser_.done() && (part.empty() || (part.size() < kPartBytes && MoreIsHere()))) {
      failure = co_await ReadBodyStep();
    }
    if (failure && part.empty())
      co_return Fail(ErrorCode::kUnavailable, "the rest of the request's body did not arrive");
    co_return std::exchange(part, {});
  }

  bool MoreIsHere() {
    error_code ignored;
    return (begin_ != end_ && !starved_) || socket().available(ignored) > 0;
  }

  // Gives the parser what is in the buffer.
  Refusal Feed() {
    const auto fed = parser_.Feed({buffer_.get() + begin_, end_ - begin_});
    begin_ += fed.consumed;
    starved_ = fed.outcome == Outcome::kNeedMore;
    broken_ = !starved_ && fed.outcome != Outcome::kProgress;
    if (!broken_) return std::nullopt;
    if (fed.outcome == Outcome::kHeaderTooLarge) return HeaderTooLarge(context_.options.max_header_bytes);
    if (fed.outcome == Outcome::kBodyTooLarge) return BodyTooLarge(route_->options.max_body_bytes);
    return BadRequest(parser_.problem());
  }

  // Reads on behind what is in the buffer, which has room. false: nothing will come; timed_out_ says why.
  Awaitable<bool> Fill(Clock::time_point deadline) {
    if (begin_ > 0) {
      std::memmove(buffer_.get(), buffer_.get() + begin_, end_ - begin_);
      end_ -= begin_;
      begin_ = 0;
    }
    deadline_->Set(deadline);
    const auto [ec, size] =
        co_await stream_.async_read_some(asio::buffer(buffer_.get() + end_, capacity_ - end_), kAwait);
    deadline_->Clear();
    end_ += size;
    timed_out_ = ec && deadline_->expired() && !aborted_;
    co_return !ec;
  }

  // false when the connection cannot go on.
  Awaitable<bool> Send(Response response) {
    if (!HasSafeHeaders(response)) {
      log::Error("the handler of {} set a header with a line break", route_->pattern);
      response = InternalError();
    }
    // What is left of a request that was not read to its end would be taken for the next one.
    linger_ = broken_ || !parser_.done();
    const bool keep = !linger_ && parser_.keep_alive() && !context_.stopping;
    const auto kept = parser_.is_http10() ? Persistence::kKeepAliveHttp10 : Persistence::kKeepAlive;
    std::string head = FormatHead(response, request_id_, keep ? kept : Persistence::kClose);
    if (!MayHaveBody(response.status) || method_ == "HEAD") response.body.clear();
    const bool sent = co_await Write(std::move(head), response.body);
    Observe(response.status);
    served_ = true;
    co_return (keep && sent);
  }

  Awaitable<bool> Write(std::string head, std::string_view body) {
    if (body.size() <= kMaxJoinedBytes) head += std::exchange(body, {});
    const std::array<asio::const_buffer, 2> buffers{asio::buffer(head), asio::buffer(body)};
    const auto progress = [this](const error_code& ec, size_t) -> size_t {
      deadline_->Set(Clock::now() + context_.options.body_timeout);
      return ec ? 0 : kWriteStepBytes;
    };
    const auto [ec, size] = co_await asio::async_write(stream_, buffers, progress, kAwait);
    deadline_->Clear();
    co_return !ec;
  }

  void Observe(int status) {
    if (!context_.observer) return;
    const auto duration = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - started_);
    const std::string_view route = route_ ? std::string_view(route_->pattern) : std::string_view();
    context_.observer({method_, path_, request_id_, route, status, duration});
  }

  Awaitable<void> Finish() {
    deadline_->Set(Clock::now() + kMaxLinger);
    if (linger_) {
      co_await Linger();
    } else if constexpr (kTls) {
      co_await stream_.async_shutdown(kAwait);
    }
    deadline_->Clear();
  }

  // Closing with bytes unread would reset the connection, and the client could lose the answer.
  Awaitable<void> Linger() {
    error_code failed;
    socket().shutdown(Socket::shutdown_send, failed);
    size_t left = kMaxLingerBytes;
    while (!failed && left > 0 && !deadline_->expired()) {
      const auto [ec, size] =
          co_await socket().async_read_some(asio::buffer(buffer_.get(), capacity_), kAwait);
      failed = ec;
      left -= std::min(left, size);
    }
  }

  const SessionContext& context_;
  Stream stream_;
  RequestParser parser_;

  const size_t capacity_;
  const std::unique_ptr<char[]> buffer_;  // received and not yet parsed: begin_ to end_
  size_t begin_ = 0;
  size_t end_ = 0;

  const std::shared_ptr<Deadline> deadline_;
  bool idle_ = true;  // nothing is lost by closing now
  bool served_ = false;
  bool aborted_ = false;
  bool timed_out_ = false;
  bool linger_ = false;

  // Of the request at hand.
  const Router::Route* route_ = nullptr;
  std::shared_ptr<Handoff> handoff_;
  Clock::time_point started_;
  std::string method_;
  std::string path_;
  std::string request_id_;
  bool starved_ = false;    // what is in the buffer is too little to parse
  bool broken_ = false;     // the request cannot be parsed to its end
  bool continued_ = false;  // "100 Continue" was sent
};

template <typename Stream>
void Launch(Stream stream, const SessionContext& context) {
  const auto session = std::make_shared<Session<Stream>>(std::move(stream), context);
  if (!context.connections.Add(session)) return;
  asio::co_spawn(session->executor(), session->Run(), [session, &context](std::exception_ptr failure) {
    try {
      if (failure) std::rethrow_exception(failure);
    } catch (const std::exception& e) {
      log::Error("a connection ended by an exception: {}", e.what());
    }
    session->End();
    context.connections.Remove(session);
  });
}

}  // namespace

void StartSession(Socket socket, const SessionContext& context) {
  error_code ignored;
  socket.set_option(asio::ip::tcp::no_delay(true), ignored);
  if (context.tls != nullptr) {
    Launch(TlsStream(std::move(socket), *context.tls), context);
  } else {
    Launch(std::move(socket), context);
  }
}

}  // namespace rawhaul::http
