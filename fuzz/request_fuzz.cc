// Of the HTTP request parser: however the bytes are cut into parts, the same requests come out, and none that
// another server or proxy could read differently. The first byte of an input is the size of the parts.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/encoding.h"
#include "http/request_parser.h"
#include "property.h"

namespace {

using namespace rawhaul;
using fuzz::Require;
using http::Request;
using http::RequestParser;

constexpr size_t kMaxHeaderBytes = 2048;
constexpr uint64_t kMaxBodyBytes = 512;

struct Stream {
  std::vector<Request> requests;
  bool failed = false;
  bool in_header = false;  // ended there
};

// As a session does, once behind the header. False where more is announced.
bool LimitBody(RequestParser& parser) {
  parser.LimitBody(kMaxBodyBytes);
  return parser.content_length().value_or(0) <= kMaxBodyBytes;
}

// Feeds the bytes as a connection does, `part` at a time.
Stream Parse(std::string_view bytes, size_t part) {
  Stream stream;
  RequestParser parser(kMaxHeaderBytes);
  std::string buffer;
  bool limited = false;
  while (!stream.failed) {
    const RequestParser::Fed fed = parser.Feed(buffer);
    Require(fed.consumed <= buffer.size(), "no more is consumed than there is");
    buffer.erase(0, fed.consumed);
    using Outcome = RequestParser::Outcome;
    if (fed.outcome != Outcome::kProgress && fed.outcome != Outcome::kNeedMore) {
      stream.failed = true;
      Require(fed.outcome != Outcome::kMalformed || !parser.problem().empty(), "a refusal says why");
    } else if (parser.done()) {
      stream.requests.push_back(std::move(parser.request()));
      parser.Restart();
      limited = false;
    } else if (fed.consumed > 0) {
      if (parser.header_done() && !std::exchange(limited, true)) stream.failed = !LimitBody(parser);
    } else if (bytes.empty()) {
      stream.in_header = !parser.header_done();
      break;
    } else {
      buffer += bytes.substr(0, part);
      bytes.remove_prefix(std::min(part, bytes.size()));
    }
  }
  return stream;
}

size_t Count(const Request& request, std::string_view name) {
  return static_cast<size_t>(std::count_if(request.headers.begin(), request.headers.end(),
                                           [&](const http::Header& header) { return header.first == name; }));
}

void RequireUnambiguous(const Request& request) {
  Require(Count(request, "content-length") == 0 || Count(request, "transfer-encoding") == 0,
          "the end of a body is told in one way");
  Require(Count(request, "host") <= 1, "a request is for one host");
  Require(request.body.size() <= kMaxBodyBytes, "a body keeps to its limit");
  Require(request.path.starts_with('/'), "a path starts with a slash");
  for (const auto& [name, value] : request.headers) {
    Require(ToLower(name) == name && name.find_first_of(": \t\r\n") == std::string::npos,
            "a name is a token");
    Require(value.find_first_of(std::string_view("\r\n\0", 3)) == std::string::npos, "a header is one line");
  }
  for (const auto& [name, value] : request.query) Require(IsUtf8(name) && IsUtf8(value), "a query is text");
  Require(!request.request_id.empty() && request.request_id.size() <= 128, "a request has an id");
}

// The request as it would be sent by one who writes it plainly.
std::string ToText(const Request& request) {
  std::string text = request.method + " " + request.target + " HTTP/1.1\r\n";
  if (Count(request, "host") == 0) text += "host: h\r\n";
  for (const auto& [name, value] : request.headers) {
    if (name == "content-length" || name == "transfer-encoding" || name == "connection") continue;
    text += name;
    text += ": " + value + "\r\n";
  }
  return text + "content-length: " + std::to_string(request.body.size()) + "\r\n\r\n" + request.body;
}

bool Equal(const Request& a, const Request& b) {
  return a.method == b.method && a.target == b.target && a.path == b.path && a.query == b.query &&
         a.headers == b.headers && a.body == b.body;
}

void RequireRoundTrip(const Request& request) {
  const std::string text = ToText(request);
  if (text.find("\r\n\r\n") > kMaxHeaderBytes - 4) return;  // written plainly it may be a little longer
  const Stream again = Parse(text, text.size());
  Require(again.requests.size() == 1 && !again.failed, "a request that is written again is one request");
  const Request& copy = again.requests.front();
  Require(copy.method == request.method && copy.path == request.path && copy.query == request.query &&
              copy.body == request.body,
          "a request that is written again is the same");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes = fuzz::AsText(data, size).substr(1);
  const Stream whole = Parse(bytes, bytes.size());
  const Stream parts = Parse(bytes, size_t{data[0]} + 1);
  // A header that is not complete may be refused at once or wait for its end.
  Require(whole.failed == parts.failed || whole.in_header || parts.in_header,
          "what is refused does not depend on the parts");
  Require(std::equal(whole.requests.begin(), whole.requests.end(), parts.requests.begin(),
                     parts.requests.end(), Equal),
          "what is read does not depend on the parts");
  for (const Request& request : whole.requests) {
    RequireUnambiguous(request);
    RequireRoundTrip(request);
  }
  return 0;
}
