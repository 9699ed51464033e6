// HTTP requests and responses as handlers see them.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rawhaul::http {

using Header = std::pair<std::string, std::string>;

struct Request {
  std::string method;                   // upper case
  std::string target;                   // as received: path and query
  std::string path;                     // the part before '?', still encoded
  std::vector<Header> query;            // decoded, in order
  std::vector<Header> headers;          // names in lower case
  std::vector<Header> path_parameters;  // decoded, by their names in the route's pattern
  std::string body;
  bool secure = false;  // came over TLS
  std::string peer;     // the address at the other end of the connection: a proxy's, if there is one
  // The client's x-ms-client-request-id when that is 1 to 128 printable ASCII characters, else a new GUID.
  // Every answer carries it as x-ms-request-id.
  std::string request_id;

  // The first value, empty when there is none. Header names in lower case.
  std::string_view header(std::string_view name) const;
  std::string_view path_parameter(std::string_view name) const;
  // nullptr when absent.
  const std::string* query_parameter(std::string_view name) const;
};

// The server itself adds Content-Length, Connection and x-ms-request-id; a handler's own are left out.
struct Response {
  int status = 200;
  std::vector<Header> headers;
  std::string body;
};

Response JsonResponse(int status, std::string json);
// {"error":{"code":"...","message":"..."}}: the one form of every error of the API (contract, "Errors").
Response ErrorResponse(int status, std::string_view code, std::string_view message);

}  // namespace rawhaul::http
