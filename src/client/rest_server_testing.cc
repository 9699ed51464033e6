#include "client/rest_server_testing.h"

#include <fmt/format.h>

#include <memory>
#include <utility>

namespace rawhaul::client {

std::string TaskJson(std::string_view state, double percent, std::string_view more) {
  return fmt::format(
      R"({{"id":"17","state":"{}","dateCreated":"2016-05-01T10:00:00.000Z","exportType":"Event",)"
      R"("exportFormat":"CsvBlob","compression":"None","progress":{{"rows":{},"bytes":{},"percent":{}{}}},"files":[]}})",
      state, percent * 10, percent * 100, percent, more);
}

net::HttpTestServer::Handler WithTokens(net::HttpTestServer::Handler answer) {
  return [answer = std::move(answer), given = 0](const net::ServerRequest& request) mutable {
    if (!request.target.ends_with("/oauth2/token")) return answer(request);
    return net::ServerAnswer{.body = fmt::format(R"({{"access_token":"token {}"}})", ++given)};
  };
}

RestAccess AccessTo(const net::HttpTestServer& server) {
  return {.server = server.origin(),
          .app = {"sub", "group", "apps", "sh op"},
          .tenant = "ten ant",
          .client_id = "id",
          .client_secret = Secret("rhs_se&cret")};
}

}  // namespace rawhaul::client
