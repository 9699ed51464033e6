// Which handler answers which request.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "http/message.h"

namespace rawhaul::http {

// Answers on the calling thread, a worker: it may block.
using Handler = std::function<Response(const Request&)>;

// Answers by calling `respond` once, from any thread, now or later, also after the server has stopped; a
// second call has no effect, and when all copies go without a call the answer is 500. Runs on an I/O thread:
// it must not block.
using Responder = std::function<void(Response)>;
using AsyncHandler = std::function<void(Request, Responder)>;

// The body of a request as it arrives. Used by one thread.
class BodyReader {
 public:
  virtual ~BodyReader() = default;
  // Waits for the next part; empty at the end of the body. kUnavailable when the rest will not come: the
  // connection broke, the body was malformed or too slow, the server stops. Then the handler's answer is not
  // sent.
  virtual Result<std::string> Read() = 0;
};
// Like Handler, but request.body is empty and `body` gives the bytes in parts, however many there are.
using StreamHandler = std::function<Response(const Request&, BodyReader& body)>;

struct RouteOptions {
  size_t max_body_bytes = 1 << 20;  // more is answered 413; stream routes have no limit
  // For clients that want errors in another form: makes it of the body of every answer from 400 on to a
  // request of the route, also where the server itself refuses. nullptr: as ErrorResponse has them.
  std::string (*error_form)(std::string_view body) = nullptr;
  // Whether "//v1/batch" and "/v1//batch" are this route, too. Not for routes that somebody may want to keep
  // from outsiders by a path: a proxy may not take the two for the same.
  bool ignores_empty_segments = false;
};

// Patterns are literal segments and "{name}" segments: "/collect/v1/batch", "/users/{userId}". Literals are
// compared without regard to case (Azure Resource Manager's rule) and win over names, the leftmost first,
// before the method is looked at: where "POST /devices/tag" and "GET /devices/{id}" stand side by side, "GET
// /devices/tag" is 405. Paths are split at '/' before decoding; a name takes exactly one segment, not empty;
// one '/' at the end makes no difference; other empty segments do, unless the route ignores them. HEAD goes
// to the GET route where there is no HEAD route. Fill it before the server starts; afterwards it is only
// read.
class Router {
 public:
  void Add(std::string_view method, std::string_view pattern, Handler handler, RouteOptions options = {});
  void AddAsync(std::string_view method, std::string_view pattern, AsyncHandler handler,
                RouteOptions options = {});
  void AddStream(std::string_view method, std::string_view pattern, StreamHandler handler,
                 RouteOptions options = {});

  struct Route {
    std::string method;
    std::string pattern;
    std::vector<std::string> segments;
    RouteOptions options;
    Handler handler;  // exactly one of the three is set
    AsyncHandler async;
    StreamHandler stream;
  };
  struct Match {
    const Route* route = nullptr;  // nullptr: none; then allowed_methods tells 405 from 404
    std::vector<Header> path_parameters;
    std::vector<std::string> allowed_methods;
    bool bad_encoding = false;  // broken percent-encoding, or not UTF-8: 400
  };
  Match Find(std::string_view method, std::string_view path) const;
  const std::vector<std::unique_ptr<Route>>& routes() const { return routes_; }

 private:
  std::vector<std::unique_ptr<Route>> routes_;
};

}  // namespace rawhaul::http
