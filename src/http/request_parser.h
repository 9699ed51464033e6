// Bytes of a connection in, one Request at a time out. Beast stays in request_parser.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "http/message.h"

namespace rawhaul::http {

// Accepts HTTP/1.0 and 1.1 with Content-Length or "Transfer-Encoding: chunked". Refuses what proxies and
// servers read in different ways: both of these at once, differing lengths, other transfer codings, bare line
// feeds, a space before a header's colon, no Host or several, several
// Authorizations. Header fields and parameters of the query are at most a hundred each. A folded header line
// is read as one line, a space for the fold (RFC 9112, 5.2). Trailers are read and dropped.
// One empty line in front of a request is passed over: some clients send one behind a body (RFC 9112, 2.2).
class RequestParser {
 public:
  explicit RequestParser(size_t max_header_bytes);
  ~RequestParser();

  // Before every request; forgets the one before.
  void Restart();

  enum class Outcome {
    kProgress,
    kNeedMore,  // call again with what was not consumed and more behind it
    kMalformed,
    kHeaderTooLarge,
    kBodyTooLarge,
  };
  struct Fed {
    size_t consumed = 0;
    Outcome outcome = Outcome::kProgress;
  };
  // Stops behind the header, and behind the request: what follows is the next one's. REQUIRES !done().
  Fed Feed(std::string_view bytes);
  // What is wrong, after kMalformed.
  const std::string& problem() const;

  // Whether anything of the request has come: an empty line in front of it is nothing.
  bool has_begun() const;
  bool header_done() const;
  bool done() const;

  // After the header.
  bool keep_alive() const;
  bool is_http10() const;
  bool expects_continue() const;
  std::optional<uint64_t> content_length() const;
  void LimitBody(uint64_t bytes);

  // The body grows in request().body, from which it may be taken between calls of Feed.
  Request& request();

 private:
  struct Impl;
  const size_t max_header_bytes_;
  std::unique_ptr<Impl> impl_;
};

}  // namespace rawhaul::http
