#include "http/request_parser.h"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <limits>

#include "base/encoding.h"
#include "base/guid.h"

namespace rawhaul::http {
namespace {

namespace beast = boost::beast;
using beast::error_code;
using Bytes = beast::string_view;

// A client that announces a large body and sends none shall not cost memory.
constexpr uint64_t kMaxReservedBytes = 64 << 10;
constexpr size_t kMaxRequestIdBytes = 128;
// Of header fields, and of the query's parameters: one of a few bytes costs a hundred in memory.
constexpr size_t kMaxFields = 100;

std::string ToString(Bytes text) { return {text.data(), text.size()}; }
std::string_view ToView(Bytes text) { return {text.data(), text.size()}; }

// Writes what Beast finds straight into a Request.
class Parser final : public beast::http::basic_parser<true> {
 public:
  explicit Parser(size_t max_header_bytes)
      : header_bytes_(
            static_cast<uint32_t>(std::min<size_t>(max_header_bytes, std::numeric_limits<uint32_t>::max()))) {
    header_limit(header_bytes_);
    body_limit(boost::none);  // the route is not known yet
  }

  Request request;
  int version = 11;
  bool expects_continue = false;
  std::string problem;

 private:
  // What Beast has no objection to, but we have.
  void Refuse(std::string why, error_code& ec) {
    problem = std::move(why);
    ec = beast::http::error::bad_value;
  }

  void on_request_impl(beast::http::verb, Bytes method, Bytes target, int http_version,
                       error_code&) override {
    request.method = ToString(method);
    request.target = ToString(target);
    version = http_version;
    // Beast limits the request line and the fields one by one; we count both together.
    header_limit(header_bytes_ - std::min<uint32_t>(header_bytes_, static_cast<uint32_t>(
                                                                       method.size() + target.size() + 12)));
  }

  void on_field_impl(beast::http::field field, Bytes name, Bytes value, error_code& ec) override {
    if (is_header_done()) return;  // a trailer
    if (request.headers.size() == kMaxFields) {
      ec = beast::http::error::header_limit;
      return;
    }
    if (field == beast::http::field::transfer_encoding && !beast::iequals(value, "chunked")) {
      return Refuse("the only Transfer-Encoding served is chunked", ec);
    }
    if (field == beast::http::field::expect) expects_continue = beast::iequals(value, "100-continue");
    request.headers.emplace_back(ToLower(ToView(name)), ToString(value));
  }

  void on_header_impl(error_code& ec) override {
    if (version < 11 && chunked()) return Refuse("HTTP/1.0 has no Transfer-Encoding", ec);
    if (Count("host") > 1 || (Count("host") == 0 && version >= 11))
      return Refuse("a request has exactly one Host header", ec);
    if (Count("authorization") > 1) return Refuse("a request has at most one Authorization header", ec);
    FillTarget(ec);
    FillRequestId();
    expects_continue = expects_continue && version >= 11;
  }

  std::ptrdiff_t Count(std::string_view name) const {
    return std::count_if(request.headers.begin(), request.headers.end(),
                         [&](const Header& header) { return header.first == name; });
  }

  void FillTarget(error_code& ec) {
    const std::string_view target = request.target;
    const auto start = PathStart(target);
    if (!start) return Refuse("the request's target is neither a path nor an absolute http URL", ec);
    const size_t question = std::min(target.find('?', *start), target.size());
    request.path = target.substr(*start, question - *start);
    if (request.path.empty()) request.path = "/";
    const std::string_view query_text = target.substr(std::min(target.size(), question + 1));
    if (std::count(query_text.begin(), query_text.end(), '&') >= static_cast<std::ptrdiff_t>(kMaxFields))
      return Refuse("the query has more than 100 parameters", ec);
    auto query = ParseForm(query_text);
    if (!query) return Refuse("the query is not percent-encoded UTF-8", ec);
    request.query = *std::move(query);
  }

  // Where the path starts in a target in origin-form or absolute-form (RFC 9112, 3.2).
  static std::optional<size_t> PathStart(std::string_view target) {
    if (target.starts_with('/')) return 0;
    for (const std::string_view scheme : {"http://", "https://"}) {
      if (EqualsIgnoreCase(target.substr(0, scheme.size()), scheme)) {
        return std::min(target.find_first_of("/?", scheme.size()), target.size());
      }
    }
    return std::nullopt;
  }

  void FillRequestId() {
    const std::string_view sent = request.header("x-ms-client-request-id");
    const bool usable = !sent.empty() && sent.size() <= kMaxRequestIdBytes &&
                        std::all_of(sent.begin(), sent.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
    request.request_id = usable ? std::string(sent) : RandomGuid().ToHex();
  }

  void on_body_init_impl(const boost::optional<uint64_t>& length, error_code&) override {
    if (length) request.body.reserve(std::min(*length, kMaxReservedBytes));
  }
  size_t on_body_impl(Bytes body, error_code&) override { return Append(body); }
  size_t on_chunk_body_impl(uint64_t, Bytes body, error_code&) override { return Append(body); }
  size_t Append(Bytes body) {
    request.body.append(body.data(), body.size());
    return body.size();
  }

  void on_response_impl(int, Bytes, int, error_code&) override {}
  void on_chunk_header_impl(uint64_t, Bytes, error_code&) override {}
  void on_finish_impl(error_code&) override {}

  const uint32_t header_bytes_;
};

RequestParser::Outcome ToOutcome(const error_code& ec) {
  using beast::http::error;
  if (!ec) return RequestParser::Outcome::kProgress;
  if (ec == error::need_more) return RequestParser::Outcome::kNeedMore;
  if (ec == error::header_limit) return RequestParser::Outcome::kHeaderTooLarge;
  if (ec == error::body_limit) return RequestParser::Outcome::kBodyTooLarge;
  return RequestParser::Outcome::kMalformed;
}

}  // namespace

struct RequestParser::Impl {
  std::optional<Parser> parser;
  bool has_begun = false;
  bool passed_empty_line = false;
};

RequestParser::RequestParser(size_t max_header_bytes)
    : max_header_bytes_(max_header_bytes), impl_(std::make_unique<Impl>()) {
  Restart();
}
RequestParser::~RequestParser() = default;

void RequestParser::Restart() {
  impl_->parser.emplace(max_header_bytes_);
  impl_->has_begun = impl_->passed_empty_line = false;
}

RequestParser::Fed RequestParser::Feed(std::string_view bytes) {
  constexpr std::string_view kEmptyLine = "\r\n";
  if (!impl_->has_begun && !impl_->passed_empty_line) {
    if (bytes.size() < kEmptyLine.size() && kEmptyLine.starts_with(bytes)) return {0, Outcome::kNeedMore};
    if (bytes.starts_with(kEmptyLine)) {
      impl_->passed_empty_line = true;
      return {kEmptyLine.size(), Outcome::kProgress};
    }
  }
  impl_->has_begun = impl_->has_begun || !bytes.empty();
  Parser& parser = *impl_->parser;
  error_code ec;
  // Eager only behind the header, whose end the caller must see before the body is read.
  parser.eager(parser.is_header_done());
  const size_t consumed = parser.put(boost::asio::buffer(bytes.data(), bytes.size()), ec);
  const Outcome outcome = ToOutcome(ec);
  if (outcome == Outcome::kMalformed && parser.problem.empty())
    parser.problem = "not HTTP/1.1: " + ec.message();
  return {consumed, outcome};
}

const std::string& RequestParser::problem() const { return impl_->parser->problem; }
bool RequestParser::has_begun() const { return impl_->has_begun; }
bool RequestParser::header_done() const { return impl_->parser->is_header_done(); }
bool RequestParser::done() const { return impl_->parser->is_done(); }
bool RequestParser::keep_alive() const { return impl_->parser->keep_alive(); }
bool RequestParser::is_http10() const { return impl_->parser->version < 11; }
bool RequestParser::expects_continue() const { return impl_->parser->expects_continue; }
void RequestParser::LimitBody(uint64_t bytes) { impl_->parser->body_limit(bytes); }
Request& RequestParser::request() { return impl_->parser->request; }

std::optional<uint64_t> RequestParser::content_length() const {
  const auto length = impl_->parser->content_length();
  return length ? std::optional<uint64_t>(*length) : std::nullopt;
}

}  // namespace rawhaul::http
