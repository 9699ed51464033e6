#include "client/rest_client.h"

#include <gtest/gtest.h>

#include "base/retry_timer_testing.h"
#include "client/rest_server_testing.h"

namespace rawhaul::client {
namespace {

using net::HttpTestServer;
using net::InOrder;
using net::ServerAnswer;
using net::ServerRequest;

constexpr std::string_view kTasks =
    "/subscriptions/sub/resourceGroups/group/providers/Microsoft.MobileEngagement/appcollections/apps/apps/"
    "sh%20op"
    "/devices/exportTasks";

class RestClientTest : public ::testing::Test {
 protected:
  RestClient ClientOf(const HttpTestServer& server) { return {*http_, timer_, {}, AccessTo(server)}; }

  static std::string PageOf(int tasks, const std::string& next) {
    std::string page = R"({"value":[)";
    for (int i = 0; i < tasks; ++i) page += (i == 0 ? "" : ",") + TaskJson("Queued");
    return page + "]" + (next.empty() ? "" : R"(,"nextLink":")" + next + "\"") + "}";
  }

  std::unique_ptr<net::HttpClient> http_ = net::MakeHttpClient({});
  FakeRetryTimer timer_;
};

TEST_F(RestClientTest, ATokenIsAskedForOnceAndSentWithEachRequest) {
  HttpTestServer server(WithTokens(InOrder({{.body = TaskJson("Started")}})));
  RestClient client = ClientOf(server);
  ASSERT_TRUE(client.Get(17));
  ASSERT_TRUE(client.Get(17));
  const auto requests = server.requests();
  ASSERT_EQ(requests.size(), 3);
  EXPECT_EQ(requests[0].target, "/ten%20ant/oauth2/token");
  EXPECT_EQ(requests[0].body,
            "grant_type=client_credentials&client_id=id&client_secret=rhs_se%26cret"
            "&resource=https%3A%2F%2Fmanagement.core.windows.net%2F");
  EXPECT_EQ(requests[1].target, std::string(kTasks) + "/17?api-version=2014-12-01");
  EXPECT_EQ(requests[2].header("authorization"), "Bearer token 1");
}

TEST_F(RestClientTest, ATokenThatEndedIsReplacedOnce) {
  HttpTestServer server(WithTokens([](const ServerRequest& request) {
    const bool good = request.header("authorization") == "Bearer token 2";
    return good ? ServerAnswer{.body = TaskJson("Started")} : ServerAnswer{.status = 401};
  }));
  RestClient client = ClientOf(server);
  EXPECT_FALSE(client.Get(17));  // a new token that is refused: it is not asked for another one
  EXPECT_TRUE(client.Get(17));
  EXPECT_EQ(server.requests().size(), 5);
}

TEST_F(RestClientTest, WhatTheServerSaysIsTheError) {
  HttpTestServer server(WithTokens(InOrder(
      {{.status = 404, .body = R"({"error":{"code":"AppNotFound","message":"There is\u001b no app."}})"},
       {.status = 403, .body = "<html>"},
       {.body = "<html>"},
       {.body = "{}"}})));
  RestClient client = ClientOf(server);
  const auto unknown = client.Get(17);
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, ErrorCode::kNotFound);
  EXPECT_EQ(unknown.error().reason, "AppNotFound");
  EXPECT_EQ(unknown.error().message, "the server answers 404 AppNotFound: There is? no app.");
  EXPECT_EQ(client.Get(17).error().code, ErrorCode::kPermissionDenied);
  EXPECT_NE(client.Get(17).error().message.find("is this a Rawhaul server?"), std::string::npos);
  EXPECT_NE(client.Get(17).error().message.find("no export task"), std::string::npos);
}

TEST_F(RestClientTest, AWrongSecretIsToldWithoutIt) {
  HttpTestServer server(
      InOrder({{.status = 401,
                .body = R"({"error":"invalid_client","error_description":"Nobody knows this client."})"}}));
  const auto refused = ClientOf(server).Get(17);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message,
            "the server answers 401 invalid_client: Nobody knows this client. (tenant, client id or client "
            "secret)");
}

TEST_F(RestClientTest, WhatDoesNoHarmTwiceIsTriedAgainAndACreationIsNot) {
  HttpTestServer server(WithTokens(InOrder({{.status = 503},
                                            {.fault = ServerAnswer::Fault::kReset},
                                            {.body = TaskJson("Started")},
                                            {.status = 503}})));
  RestClient client = ClientOf(server);
  EXPECT_TRUE(client.Get(17));
  EXPECT_EQ(server.requests().size(), 4);
  EXPECT_FALSE(client.Create("events", "{}"));
  EXPECT_EQ(server.requests().size(), 5);
  EXPECT_EQ(server.requests().back().target, std::string(kTasks) + "/events?api-version=2014-12-01");
}

TEST_F(RestClientTest, PagesAreFollowedOnTheServerThatTheUserNamed) {
  const std::string next = "http://elsewhere.example/subscriptions/next?$skip=40";
  HttpTestServer server(WithTokens(InOrder({{.body = PageOf(40, next)}, {.body = PageOf(2, "")}})));
  const auto tasks = ClientOf(server).List(100);
  ASSERT_TRUE(tasks) << tasks.error().message;
  EXPECT_EQ(tasks->size(), 42);
  const auto requests = server.requests();
  EXPECT_EQ(requests[1].target,
            std::string(kTasks) + "?api-version=2014-12-01&$orderby=taskId%20desc&$top=40");
  EXPECT_EQ(requests[2].target, "/subscriptions/next?$skip=40");
}

TEST_F(RestClientTest, NoMoreTasksAreListedThanAskedFor) {
  HttpTestServer server(WithTokens(InOrder({{.body = PageOf(3, "http://elsewhere.example/next")}})));
  const auto tasks = ClientOf(server).List(3);
  ASSERT_TRUE(tasks);
  EXPECT_EQ(tasks->size(), 3);
  EXPECT_EQ(server.requests().size(), 2);
  EXPECT_TRUE(server.requests().back().target.ends_with("$top=3"));
}

TEST_F(RestClientTest, ATaskIsCancelledAndRenewed) {
  HttpTestServer server(WithTokens(InOrder({{.body = TaskJson("Started")}})));
  RestClient client = ClientOf(server);
  ASSERT_TRUE(client.Cancel(17));
  EXPECT_EQ(server.requests().back().method, "POST");
  EXPECT_EQ(server.requests().back().target, std::string(kTasks) + "/17/cancel?api-version=2014-12-01");
  ASSERT_TRUE(client.Renew(17, Secret("https://a/b?sig=\"c")));
  EXPECT_EQ(server.requests().back().method, "PATCH");
  EXPECT_EQ(server.requests().back().body, R"({"containerUrl":"https://a/b?sig=\"c"})");
}

}  // namespace
}  // namespace rawhaul::client
