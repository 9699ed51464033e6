#include "net/http_client.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

#include "net/http_server_testing.h"

namespace rawhaul::net {
namespace {

using Fault = ServerAnswer::Fault;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;
using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr auto kSoon = seconds(5);  // far less than any timeout of the requests below

class HttpClientTest : public ::testing::Test {
 protected:
  static HttpRequest Request(const std::string& url, std::string method = "GET", std::string_view body = {}) {
    HttpRequest request;
    request.method = std::move(method);
    request.url = url;
    request.reach = Reach::kAnyAddress;
    request.body = body;
    request.connect_timeout = seconds(60);
    request.stall_timeout = seconds(60);
    return request;
  }
  Result<HttpResponse> Get(const std::string& url) { return client_->Send(Request(url), {}); }

  // Sends from another thread, calls `when_sending`, then requests the stop; the outcome must come soon.
  Result<HttpResponse> SendAndStop(const HttpRequest& request, const std::function<void()>& when_sending) {
    std::stop_source stop;
    Result<HttpResponse> outcome = Fail(ErrorCode::kInternal, "no outcome");
    std::thread sender([&] { outcome = client_->Send(request, stop.get_token()); });
    when_sending();
    const auto start = steady_clock::now();
    stop.request_stop();
    sender.join();
    EXPECT_LT(steady_clock::now() - start, kSoon);
    return outcome;
  }

  std::unique_ptr<HttpClient> client_ = MakeHttpClient({});
};

TEST_F(HttpClientTest, GivesStatusHeadersAndBody) {
  HttpTestServer server(
      InOrder({{.status = 404, .headers = {{"X-Ms-Error-Code", "ContainerNotFound"}}, .body = "gone"}}));
  const auto response = Get(server.origin() + "/a?b=c");
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 404);
  EXPECT_EQ(response->header("x-ms-error-code"), "ContainerNotFound");
  EXPECT_EQ(response->header("absent"), "");
  EXPECT_EQ(response->body, "gone");
  EXPECT_EQ(server.requests().at(0).target, "/a?b=c");
}

TEST_F(HttpClientTest, SendsMethodHeadersAndBody) {
  HttpTestServer server(InOrder({{.status = 201}}));
  const std::string body(3 << 20, 'x');
  HttpRequest request = Request(server.origin() + "/blob", "PUT", body);
  request.headers = {{"x-ms-version", "2021-08-06"}, {"x-empty", ""}};
  ASSERT_TRUE(client_->Send(request, {}));
  const ServerRequest received = server.requests().at(0);
  EXPECT_EQ(received.method, "PUT");
  EXPECT_EQ(received.header("x-ms-version"), "2021-08-06");
  EXPECT_TRUE(received.has_header("x-empty"));
  EXPECT_EQ(received.header("content-length"), std::to_string(body.size()));
  EXPECT_FALSE(received.has_header("transfer-encoding"));
  EXPECT_FALSE(received.has_header("expect"));
  EXPECT_FALSE(received.has_header("content-type"));
  EXPECT_EQ(received.body, body);
}

TEST_F(HttpClientTest, AnEmptyBodyHasALength) {
  HttpTestServer server(InOrder({{.status = 201}}));
  ASSERT_TRUE(client_->Send(Request(server.origin(), "PUT"), {}));
  EXPECT_EQ(server.requests().at(0).header("content-length"), "0");
}

TEST_F(HttpClientTest, HeadHasNoBody) {
  HttpTestServer server(InOrder({{.status = 200, .body = "unseen"}}));
  const auto response = client_->Send(Request(server.origin(), "HEAD"), {});
  ASSERT_TRUE(response);
  EXPECT_EQ(response->body, "");
}

TEST_F(HttpClientTest, ConnectionsAreReused) {
  HttpTestServer server(InOrder({{.status = 200}}));
  ASSERT_TRUE(client_->Send(Request(server.origin(), "PUT", "body"), {}));
  ASSERT_TRUE(Get(server.origin()));
  EXPECT_EQ(server.requests().at(1).connection, server.requests().at(0).connection);
  EXPECT_EQ(server.requests().at(1).method, "GET");
}

TEST_F(HttpClientTest, AConnectionThatTheServerClosedIsReplaced) {
  HttpTestServer server(InOrder({{.status = 201, .fault = Fault::kClose}}));
  for (int connection = 1; connection <= 3; ++connection) {
    ASSERT_TRUE(client_->Send(Request(server.origin(), "PUT", "body"), {}));
    EXPECT_EQ(server.requests().back().connection, connection);
    server.WaitForClosedConnections(connection);  // else the next request may be on its way when it closes
  }
}

// It may have been carried out: whether it is sent again is for the caller to say.
TEST_F(HttpClientTest, ARequestOnAKeptConnectionThatBreaksIsNotSentAgainByItself) {
  HttpTestServer server(InOrder({{.status = 200}, {.fault = Fault::kReset}, {.status = 200}}));
  ASSERT_TRUE(client_->Send(Request(server.origin(), "PUT", "first"), {}));
  const auto broken = client_->Send(Request(server.origin(), "PUT", "second"), {});
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(broken.error().message, HasSubstr("the connection broke before an answer came"));
  EXPECT_EQ(server.requests().size(), 2u);
}

TEST_F(HttpClientTest, RequestsAtOnceGoOverConnectionsOfTheirOwn) {
  HttpTestServer server([](const ServerRequest& request) {
    return ServerAnswer{.fault = request.target == "/stall" ? Fault::kStall : Fault::kNone};
  });
  const auto stalled = SendAndStop(Request(server.origin() + "/stall"), [&] {
    server.WaitForRequests(1);
    EXPECT_TRUE(Get(server.origin() + "/other"));
  });
  EXPECT_EQ(stalled.error().code, ErrorCode::kCanceled);
}

TEST_F(HttpClientTest, RedirectsAreNotFollowed) {
  HttpTestServer server(InOrder({{.status = 307, .headers = {{"Location", "/elsewhere"}}}}));
  EXPECT_EQ(Get(server.origin())->status, 307);
  EXPECT_EQ(server.requests().size(), 1u);
}

// Whether somebody has connected to the socket.
bool WasConnectedTo(const ListeningSocket& listener) {
  pollfd waiting{.fd = listener.socket(), .events = POLLIN, .revents = 0};
  return ::poll(&waiting, 1, 0) > 0;
}

TEST_F(HttpClientTest, AHostWithinIsNotConnectedToUnlessTheRequestMay) {
  const ListeningSocket canary(8);
  for (const std::string host :
       {"127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1", "0"}) {
    HttpRequest request = Request(fmt::format("http://{}:{}/", host, canary.port()));
    request.reach = Reach::kPublicAddresses;
    request.stall_timeout = seconds(1);
    const auto response = client_->Send(request, {});
    ASSERT_FALSE(response) << host;
    EXPECT_EQ(response.error().code, ErrorCode::kInvalidArgument) << host;
    EXPECT_EQ(response.error().reason, kNotPublicReason) << host;
    EXPECT_FALSE(WasConnectedTo(canary)) << host;
  }
}

TEST_F(HttpClientTest, AConnectionMadeForAnyAddressServesNoOtherRequest) {
  HttpTestServer server(InOrder({{.status = 200}}));
  HttpRequest request = Request(server.origin());
  ASSERT_TRUE(client_->Send(request, {}));
  request.reach = Reach::kPublicAddresses;
  EXPECT_FALSE(client_->Send(request, {}));
  EXPECT_EQ(server.requests().size(), 1u);
}

TEST_F(HttpClientTest, ProxiesOfTheEnvironmentAreNotUsed) {
  HttpTestServer proxy(InOrder({{.status = 502}}));
  HttpTestServer server(InOrder({{.status = 200}}));
  setenv("http_proxy", proxy.origin().c_str(), 1);
  EXPECT_EQ(Get(server.origin())->status, 200);
  unsetenv("http_proxy");
  EXPECT_TRUE(proxy.requests().empty());
}

TEST_F(HttpClientTest, OnlyHttpIsSpoken) {
  for (const char* url : {"file://localhost/etc/hostname", "ftp://127.0.0.1/x", "gopher://127.0.0.1/x"}) {
    EXPECT_FALSE(Get(url)) << url;
  }
  EXPECT_EQ(Get("no url").error().code, ErrorCode::kInvalidArgument);
}

TEST_F(HttpClientTest, ALongBodyIsCut) {
  HttpTestServer server(
      InOrder({{.status = 400, .body = std::string(1 << 20, 'x')}, {.status = 200, .body = "next"}}));
  const auto response = Get(server.origin());
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 400);
  EXPECT_EQ(response->body.size(), size_t{64} << 10);
  EXPECT_EQ(Get(server.origin())->body, "next");
}

TEST_F(HttpClientTest, ALongerBodyIsReadWhereTheRequestSaysSo) {
  HttpTestServer server(InOrder({{.body = std::string(100'000, 'x')}}));
  HttpRequest request = Request(server.origin());
  request.max_response_bytes = 200'000;
  const auto response = client_->Send(request, {});
  ASSERT_TRUE(response);
  EXPECT_EQ(response->body.size(), 100'000);
}

TEST_F(HttpClientTest, WhatHasGoneOutAndComeInIsTold) {
  const std::string answer(300000, 'y');
  HttpTestServer server(InOrder({{.status = 200, .body = answer}}));
  const std::string body(3 << 20, 'x');
  HttpRequest request = Request(server.origin(), "POST", body);
  request.max_response_bytes = answer.size();
  std::vector<uint64_t> told;
  uint64_t come_in = 0;
  request.on_progress = [&](uint64_t sent, uint64_t received) {
    told.push_back(sent);
    come_in = received;
  };
  ASSERT_TRUE(client_->Send(request, {}));
  ASSERT_FALSE(told.empty());
  EXPECT_TRUE(std::is_sorted(told.begin(), told.end()));
  EXPECT_EQ(told.back(), body.size());
  EXPECT_EQ(come_in, answer.size());
}

TEST_F(HttpClientTest, EndlessHeadersAreRefused) {
  ServerAnswer answer;
  for (int i = 0; i < 100; ++i) answer.headers.emplace_back("x", std::string(1000, 'x'));
  HttpTestServer server(InOrder({answer}));
  EXPECT_EQ(Get(server.origin()).error().code, ErrorCode::kUnavailable);
}

TEST_F(HttpClientTest, NoCompleteAnswerIsUnavailable) {
  HttpTestServer server(
      InOrder({{.fault = Fault::kReset}, {.body = "half of this is lost", .fault = Fault::kTruncate}}));
  EXPECT_EQ(Get(server.origin()).error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(Get(server.origin()).error().code, ErrorCode::kUnavailable);
}

TEST_F(HttpClientTest, ErrorsNameTheHostAndNothingElseOfTheUrl) {
  std::string origin;
  { origin = ListeningSocket(1).origin(); }  // nobody listens there any more
  const auto refused = Get(origin + "/container?sig=secret");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(refused.error().message, HasSubstr(origin));
  EXPECT_THAT(refused.error().message, HasSubstr("refused"));
  EXPECT_THAT(refused.error().message, Not(AnyOf(HasSubstr("container"), HasSubstr("secret"))));
}

TEST_F(HttpClientTest, AServerThatDoesNotAnswerIsGivenUp) {
  HttpTestServer server(InOrder({{.fault = Fault::kStall}}));
  HttpRequest request = Request(server.origin());
  request.stall_timeout = seconds(1);
  EXPECT_EQ(client_->Send(request, {}).error().code, ErrorCode::kUnavailable);
}

TEST_F(HttpClientTest, StopEndsTheWaitForAnAnswer) {
  HttpTestServer server(InOrder({{.fault = Fault::kStall}}));
  const auto outcome = SendAndStop(Request(server.origin()), [&] { server.WaitForRequests(1); });
  EXPECT_EQ(outcome.error().code, ErrorCode::kCanceled);
}

TEST_F(HttpClientTest, StopEndsAnUploadThatNobodyReads) {
  const ListeningSocket server(8);
  const std::string body(64 << 20, 'x');
  const auto outcome = SendAndStop(Request(server.origin(), "PUT", body), [&] {
    const int connection = accept(server.socket(), nullptr, nullptr);
    char first = 0;
    EXPECT_EQ(recv(connection, &first, 1, 0), 1);  // the upload has begun
  });
  EXPECT_EQ(outcome.error().code, ErrorCode::kCanceled);
}

TEST_F(HttpClientTest, NothingIsSentAfterTheStop) {
  HttpTestServer server(InOrder({{.status = 200}}));
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(client_->Send(Request(server.origin()), stop.get_token()).error().code, ErrorCode::kCanceled);
  EXPECT_TRUE(server.requests().empty());
}

// A server whose queue of connections is full: the kernel lets further clients wait in connect().
class UnreachableServer {
 public:
  UnreachableServer() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(server_.port());
    for (int& client : clients_) {
      client = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
      static_cast<void>(connect(client, reinterpret_cast<sockaddr*>(&address), sizeof address));
    }
    while (WaitingClients() == 0) std::this_thread::yield();
  }
  ~UnreachableServer() {
    for (const int client : clients_) close(client);
  }
  std::string origin() const { return server_.origin(); }

  // Clients of this server in the state SYN_SENT, by the kernel's table.
  int WaitingClients() const {
    const std::string waiting = fmt::format(":{:04X} 02 ", server_.port());
    std::ifstream table("/proc/net/tcp");
    int count = 0;
    for (std::string line; std::getline(table, line);)
      count += line.find(waiting) != std::string::npos ? 1 : 0;
    return count;
  }

 private:
  ListeningSocket server_{0};
  int clients_[4] = {-1, -1, -1, -1};
};

TEST_F(HttpClientTest, AServerThatCannotBeReachedIsGivenUp) {
  const UnreachableServer server;
  HttpRequest request = Request(server.origin());
  request.connect_timeout = milliseconds(100);
  EXPECT_EQ(client_->Send(request, {}).error().code, ErrorCode::kUnavailable);
}

TEST_F(HttpClientTest, StopEndsTheWaitForAConnection) {
  const UnreachableServer server;
  const int before = server.WaitingClients();
  const auto outcome = SendAndStop(Request(server.origin()), [&] {
    while (server.WaitingClients() == before) std::this_thread::yield();
  });
  EXPECT_EQ(outcome.error().code, ErrorCode::kCanceled);
}

class HttpsClientTest : public ::testing::Test {
 protected:
  HttpsClientTest() {
    char name[] = "/tmp/rawhaul-ca-XXXXXX";
    const int file = mkstemp(name);
    close(file);
    ca_file_ = name;
    std::ofstream(ca_file_) << identity_.certificate;
  }
  ~HttpsClientTest() override { std::filesystem::remove(ca_file_); }

  static Result<HttpResponse> Get(const HttpClientOptions& options, const std::string& url) {
    HttpRequest request;
    request.method = "GET";
    request.url = url;
    request.reach = Reach::kAnyAddress;
    return MakeHttpClient(options)->Send(request, {});
  }

  const TlsIdentity identity_ = MakeTlsIdentity();
  std::string ca_file_;
  HttpTestServer server_{InOrder({{.status = 204}}), identity_};
};

TEST_F(HttpsClientTest, ACertificateOfNobodyTrustedIsRefused) {
  const auto response = Get({}, server_.origin());
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, ErrorCode::kUnavailable);
  EXPECT_TRUE(server_.requests().empty());
}

TEST_F(HttpsClientTest, ACertificateOfTheCaFileIsTrusted) {
  EXPECT_EQ(Get({.ca_file = ca_file_}, server_.origin())->status, 204);
}

TEST_F(HttpsClientTest, ACertificateForAnotherNameIsRefused) {
  const std::string other =
      fmt::format("https://localhost{}", server_.origin().substr(server_.origin().rfind(':')));
  EXPECT_FALSE(Get({.ca_file = ca_file_}, other));
  EXPECT_TRUE(server_.requests().empty());
}

}  // namespace
}  // namespace rawhaul::net
