// Which handler answers which request.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/message.h"

namespace rawhaul::http {

// Answers on the calling thread, a worker: it may block.
using Handler = std::function<Response(const Request&)>;

// The way back to a request, for handlers that do not answer before they return. Copies are of one request.
// Thread-safe; may outlive the connection and the server, and then has no effect.
class Responder {
 public:
  // Implemented by the server, and by tests.
  class Reply {
   public:
    virtual ~Reply() = default;
    virtual void Answer(Response response) = 0;
    virtual void Run(std::function<void()> job, std::chrono::milliseconds delay) = 0;
  };
  explicit Responder(std::shared_ptr<Reply> reply) : reply_(std::move(reply)) {}

  // Answers, on any thread, now or later. A second call has no effect, and when all copies go without a call
  // the answer is 500.
  void operator()(Response response) const { reply_->Answer(std::move(response)); }
  // Runs `job` where it may wait for the disk, in turn with those of other requests: for async handlers on
  // threads that run nothing else, for streams on those of streams. Also when the connection has gone
  // meanwhile, but not once the server has stopped. An exception answers 500.
  void Run(std::function<void()> job, std::chrono::milliseconds delay = {}) const {
    reply_->Run(std::move(job), delay);
  }

 private:
  std::shared_ptr<Reply> reply_;
};

// Begins the work on a request and returns; it answers by the responder. On a thread of the server's for such
// handlers, which are fewer than workers: what may wait for the disk is for Responder::Run.
using AsyncHandler = std::function<void(const Request&, const Responder&)>;

// Takes the body of a request while it arrives. A body that waits, for its sender or for its taker, holds no
// thread. Calls come one at a time, on threads for streams.
class BodyTaker {
 public:
  virtual ~BodyTaker() = default;
  // The next part, not empty. `more` asks for what follows: called once, on any thread, now or later. Until
  // then nothing is read of the connection.
  virtual void Take(std::string part, std::function<void()> more) = 0;
  // The body is at its end.
  virtual void End() = 0;
};
// Like AsyncHandler, but request.body is empty: what it returns takes the body. nullptr: it has answered, and
// nothing is read. The taker may answer before the end. When the rest of the body does not come (the
// connection broke, the body was malformed or too slow, the server stops), the taker goes without End(), and
// its answer is not sent.
using StreamHandler = std::function<std::shared_ptr<BodyTaker>(const Request&, const Responder&)>;
// What a request of a stream may hold in memory, and is charged for: a part, and what its taker keeps.
inline constexpr size_t kStreamBytes = 2 << 20;

struct RouteOptions {
  size_t max_body_bytes = 1 << 20;  // more is answered 413; stream routes have no limit
  // Of an answer that is large and that anybody may ask for: charged before the handler makes it, or answers
  // that nobody has read yet could gather.
  size_t answer_bytes = 0;
  // For clients that want errors in another form: makes it of the body of every answer from 400 on to a
  // request of the route, also where the server itself refuses. nullptr: as ErrorResponse has them.
  std::string (*error_form)(std::string_view body) = nullptr;
  // Whether "//v1/batch" and "/v1//batch" are this route, too. Not for routes that somebody may want to keep
  // from outsiders by a path: a proxy may not take the two for the same.
  bool ignores_empty_segments = false;
  // Who is charged for the request: an app whose key was right before, "app 7". Empty: it is not known, then
  // its address is, and one thread that all such requests share runs the handler. Called with the header, on
  // an I/O thread: it must not block. Without it requests are charged to their address. For async and stream
  // routes.
  std::function<std::string(const Request&)> payer = {};
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
  // `handler` runs on a thread that all probes have together, and nothing else: it must not wait for anything
  // that another request may hold.
  void AddProbe(std::string_view method, std::string_view pattern, Handler handler,
                RouteOptions options = {});
  void AddAsync(std::string_view method, std::string_view pattern, AsyncHandler handler,
                RouteOptions options = {});
  void AddStream(std::string_view method, std::string_view pattern, StreamHandler handler,
                 RouteOptions options = {});

  struct Route {
    std::string method;
    std::string pattern;
    std::vector<std::string> segments;
    RouteOptions options;
    Handler handler;  // exactly one of the four is set
    Handler probe;
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
