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
#include <exception>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include "base/guid.h"
#include "base/logging.h"
#include "base/network.h"
#include "http/deadline.h"
#include "http/handoff.h"
#include "http/input_buffer.h"
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
constexpr size_t kInputBytes = 32 << 10;
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

asio::mutable_buffer BufferOf(std::span<char> bytes) { return {bytes.data(), bytes.size()}; }

// Empty when the client has gone already.
std::string PeerOf(const Socket& socket) {
  error_code gone;
  const auto address = socket.remote_endpoint(gone).address();
  if (gone) return {};
  const bool is_mapped = address.is_v6() && address.to_v6().is_v4_mapped();
  return is_mapped ? asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).to_string()
                   : address.to_string();
}

// A connection; everything private runs on its thread.
template <typename Stream>
class Session final : public Connection, public std::enable_shared_from_this<Session<Stream>> {
 public:
  Session(Stream stream, const SessionContext& context)
      : context_(context),
        stream_(std::move(stream)),
        parser_(context.options.max_header_bytes),
        peer_(PeerOf(socket())),
        network_(NetworkOf(peer_)),
        charge_(context.memory),
        input_(std::max(context.options.max_header_bytes, kInputBytes)),
        deadline_(std::make_shared<Deadline>(stream_.get_executor(), [this] { CancelTransfer(); })) {}

  Executor executor() { return stream_.get_executor(); }
  const std::string& network() const { return network_; }

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
    charge_.Release();
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
      if (!charge_.Set(network_, kRequestBytes)) co_return false;
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
    charge_.Release();
    body_patience_ = context_.options.body_timeout;
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
    started_ = Clock::now();
    for (;;) {
      if (!input_.empty()) {
        if (!charge_.Set(network_, kRequestBytes)) co_return Busy();
        Refusal refusal = Feed();
        if (refusal || parser_.header_done()) co_return refusal;
      }
      if (input_.empty() && !parser_.has_begun()) {
        const bool arrived = co_await WaitForRequest();
        if (!arrived) co_return NoAnswer();
        if (!input_.empty()) continue;
      }
      const bool arrived = co_await Fill(started_ + context_.options.header_timeout);
      if (!arrived) co_return timed_out_ ? TooSlow() : NoAnswer();
    }
  }

  // Holds no buffer while nothing comes. What TLS has read from the socket and not given out is not to be
  // seen there, so that is asked for the first byte.
  Awaitable<bool> WaitForRequest() {
    input_.Release();
    charge_.Release();
    idle_ = true;
    deadline_->Set(Clock::now() +
                   (served_ ? context_.options.idle_timeout : context_.options.header_timeout));
    error_code failed;
    if constexpr (kTls) {
      char first = 0;
      std::tie(failed, std::ignore) = co_await stream_.async_read_some(asio::buffer(&first, 1), kAwait);
      if (!failed) {
        input_.Room().front() = first;
        input_.Add(1);
      }
    } else {
      std::tie(failed) = co_await stream_.async_wait(Socket::wait_read, kAwait);
    }
    deadline_->Clear();
    idle_ = false;
    started_ = Clock::now();
    co_return !failed;
  }

  Refusal FindRoute() {
    Request& request = parser_.request();
    Router::Match match = context_.router.Find(request.method, request.path);
    route_ = match.route;
    if (context_.stopping) return Stopping();
    if (match.route == nullptr) return NoRoute(match);
    request.path_parameters = std::move(match.path_parameters);
    request.secure = kTls;
    request.peer = peer_;
    if (!ChargePayer()) return Busy();
    if (route_->stream) return std::nullopt;
    const size_t limit = route_->options.max_body_bytes;
    if (parser_.content_length().value_or(0) > limit) return BodyTooLarge(limit);
    parser_.LimitBody(limit);
    return std::nullopt;
  }

  // false when who is to pay holds too much already.
  bool ChargePayer() {
    const auto& payer_of = route_->options.payer;
    const std::string known = payer_of ? payer_of(parser_.request()) : std::string();
    payer_ = {known.empty() ? network_ : known, !payer_of || !known.empty()};
    return ChargeBody();
  }

  Awaitable<Refusal> ReadBody() {
    while (!parser_.done()) {
      Refusal refusal = co_await ReadBodyStep();
      if (refusal) co_return refusal;
    }
    co_return std::nullopt;
  }

  Awaitable<Refusal> ReadBodyStep() {
    if (input_.empty() || starved_) {
      if (input_.full()) {
        broken_ = true;
        co_return BadRequest("A chunk's header or the trailer is too long.");
      }
      co_await SendContinue();
      const bool arrived = co_await FillFromBody();
      if (!arrived) co_return timed_out_ ? TooSlow() : NoAnswer();
    }
    Refusal refusal = Feed();
    if (!refusal && !ChargeBody()) refusal = Busy();
    co_return refusal;
  }

  // Every byte buys a little time, up to body_timeout: a sender may pause that long, and may be slow, but
  // cannot hold on for ever with a byte now and then.
  Awaitable<bool> FillFromBody() {
    const size_t before = input_.bytes().size();
    const auto start = Clock::now();
    const bool arrived = co_await Fill(start + body_patience_);
    const auto bought = std::chrono::nanoseconds(std::chrono::seconds(input_.bytes().size() - before)) /
                        context_.options.min_body_bytes_per_second;
    body_patience_ = std::min<Clock::duration>(body_patience_ - (Clock::now() - start) + bought,
                                               context_.options.body_timeout);
    co_return arrived;
  }

  // false when the requests of all, or of who pays, would hold too much. A stream is charged as a whole.
  bool ChargeBody() {
    const uint64_t body = route_->stream ? kStreamBytes : parser_.request().body.capacity();
    return charge_.Set(payer_.id, kRequestBytes + body + route_->options.answer_bytes);
  }

  // Only while nothing of the body is there: a client that did not wait needs no permission.
  Awaitable<void> SendContinue() {
    if (!parser_.expects_continue() || std::exchange(continued_, true) || !input_.empty()) co_return;
    deadline_->Set(Clock::now() + context_.options.body_timeout);
    co_await asio::async_write(stream_, asio::buffer(kContinue), kAwait);
    deadline_->Clear();
  }

  Awaitable<Response> Handle() {
    if (aborted_) co_return NoAnswer();
    handoff_ = std::make_shared<Handoff>();
    context_.dispatcher.Run(*route_, payer_, std::move(parser_.request()), handoff_);
    Response response = co_await Answer();
    handoff_->Close();
    co_return response;
  }

  // The handler's, or the refusal of a body that does not come to its end.
  Awaitable<Response> Answer() {
    for (;;) {
      switch (co_await handoff_->Next()) {
        case Handoff::Event::kClosed:
          co_return NoAnswer();
        case Handoff::Event::kAnswered:
          co_return handoff_->TakeAnswer();
        case Handoff::Event::kPartWanted: {
          Refusal failure = co_await ReadPart();
          if (failure) co_return *std::move(failure);
          handoff_->GivePart(std::exchange(parser_.request().body, {}));
        }
      }
    }
  }

  // Into request().body, which stays empty at the end. All that is here, up to a limit: each part costs two
  // changes of threads.
  Awaitable<Refusal> ReadPart() {
    std::string& part = parser_.request().body;
    part.clear();
    Refusal failure;
    while (!failure && !parser_.done() && (part.empty() || (part.size() < kPartBytes && MoreIsHere()))) {
      failure = co_await ReadBodyStep();
    }
    co_return failure;
  }

  bool MoreIsHere() {
    error_code ignored;
    return (!input_.empty() && !starved_) || socket().available(ignored) > 0;
  }

  // Gives the parser what is in the buffer.
  Refusal Feed() {
    const auto fed = parser_.Feed(input_.bytes());
    input_.Consume(fed.consumed);
    starved_ = fed.outcome == Outcome::kNeedMore;
    broken_ = !starved_ && fed.outcome != Outcome::kProgress;
    if (!broken_) return std::nullopt;
    if (fed.outcome == Outcome::kHeaderTooLarge) return HeaderTooLarge(context_.options.max_header_bytes);
    if (fed.outcome == Outcome::kBodyTooLarge) return BodyTooLarge(route_->options.max_body_bytes);
    return BadRequest(parser_.problem());
  }

  // Reads on behind what is in the buffer, which has room. false: nothing will come; timed_out_ says why.
  Awaitable<bool> Fill(Clock::time_point deadline) {
    deadline_->Set(deadline);
    const auto [ec, size] = co_await stream_.async_read_some(BufferOf(input_.Room()), kAwait);
    deadline_->Clear();
    input_.Add(size);
    timed_out_ = ec && deadline_->expired() && !aborted_;
    co_return !ec;
  }

  // false when the connection cannot go on.
  Awaitable<bool> Send(Response response) {
    if (!HasSafeHeaders(response)) {
      log::Error("the handler of {} set a header with a line break", route_->pattern);
      response = InternalError();
    }
    if (!ChargeAnswer(response)) response = Busy();
    const auto error_form = route_ == nullptr ? nullptr : route_->options.error_form;
    if (error_form != nullptr && response.status >= 400) response.body = error_form(response.body);
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

  // An answer is held until the client has read it. false when there is no room, and it can be asked for
  // again; what was done is told in any case.
  bool ChargeAnswer(const Response& response) {
    std::string().swap(parser_.request().body);
    if (response.body.size() <= kSmallBodyBytes) return true;  // the request's own charge covers it
    const uint64_t bytes = kRequestBytes + response.body.size();
    if (charge_.Set(charge_.payer(), bytes)) return true;
    if (method_ == "GET" || method_ == "HEAD") return false;
    charge_.SetAnyway(charge_.payer(), bytes);
    return true;
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
      input_.Clear();
      const auto [ec, size] = co_await socket().async_read_some(BufferOf(input_.Room()), kAwait);
      failed = ec;
      left -= std::min(left, size);
    }
  }

  const SessionContext& context_;
  Stream stream_;
  RequestParser parser_;

  const std::string peer_;
  const std::string network_;
  RequestMemory::Charge charge_;  // of the request at hand
  InputBuffer input_;             // received and not yet parsed

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
  Payer payer_;
  Clock::duration body_patience_{0};  // how long the rest of the body may still keep us waiting
  bool starved_ = false;              // what is in the buffer is too little to parse
  bool broken_ = false;               // the request cannot be parsed to its end
  bool continued_ = false;            // "100 Continue" was sent
};

template <typename Stream>
void Launch(Stream stream, const SessionContext& context) {
  const auto session = std::make_shared<Session<Stream>>(std::move(stream), context);
  if (!context.connections.Add(session, session->network())) return;
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
