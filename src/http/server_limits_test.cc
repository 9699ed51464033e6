#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <future>
#include <stdexcept>
#include <thread>

#include "http/server_testing.h"

namespace rawhaul::http {
namespace {

using std::chrono::milliseconds;

// Short enough to wait for.
constexpr milliseconds kShort{30};

class ServerLimitsTest : public ServerTest {
 protected:
  ServerLimitsTest() { router_.Add("POST", "/echo", Echo(), {.max_body_bytes = 10}); }

  // Asks on a new connection, and expects it to be closed after the answer.
  TestResponse AskOnce(std::string_view bytes) {
    TestClient client(port());
    TestResponse response = client.Ask(bytes);
    EXPECT_EQ(response.header("connection"), "close");
    EXPECT_TRUE(client.WaitForClose());
    return response;
  }
};

TEST_F(ServerLimitsTest, MalformedRequestsAre400) {
  Start();
  for (const char* bytes :
       {"hello\r\n\r\n", "GET /echo HTTP/3.0\r\nHost: h\r\n\r\n", "GET /echo HTTP/1.1\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n"}) {
    EXPECT_TRUE(IsError(AskOnce(bytes), 400, "BadRequest")) << bytes;
  }
}

TEST_F(ServerLimitsTest, AMalformedRequestHidesNoSecondOne) {
  Start();
  EXPECT_TRUE(IsError(
      AskOnce("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"
              "0\r\n\r\nPOST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n"),
      400, "BadRequest"));
}

TEST_F(ServerLimitsTest, BadEncodingIs400) {
  Start();
  TestClient client(port());
  EXPECT_TRUE(IsError(client.Ask(Get("/%zz")), 400, "BadRequest"));
  EXPECT_TRUE(IsError(client.Ask(Get("/echo?a=%zz")), 400, "BadRequest"));
}

TEST_F(ServerLimitsTest, UnknownPathsAre404AndKeepTheConnection) {
  Start();
  TestClient client(port());
  EXPECT_TRUE(IsError(client.Ask(Get("/none")), 404, "NotFound"));
  EXPECT_EQ(client.Ask(Post("/echo", "x")).body, "x");
}

TEST_F(ServerLimitsTest, WrongMethodsAre405WithAllow) {
  Start();
  TestClient client(port());
  const auto response = client.Ask(Get("/echo"));
  EXPECT_TRUE(IsError(response, 405, "MethodNotAllowed"));
  EXPECT_EQ(response.header("allow"), "POST");
}

TEST_F(ServerLimitsTest, AnErrorBeforeTheBodyClosesTheConnection) {
  Start();
  EXPECT_TRUE(IsError(AskOnce(Post("/none", std::string(100000, 'x'))), 404, "NotFound"));
}

TEST_F(ServerLimitsTest, AnnouncedBodiesOverTheLimitAre413AtOnce) {
  Start();
  EXPECT_TRUE(IsError(AskOnce("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 11\r\n\r\n"), 413,
                      "PayloadTooLarge"));
  EXPECT_EQ(TestClient(port()).Ask(Post("/echo", "0123456789")).status, 200);
}

TEST_F(ServerLimitsTest, ChunkedBodiesOverTheLimitAre413WhenTheyReachIt) {
  Start();
  EXPECT_TRUE(IsError(AskOnce("POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
                              "6\r\n123456\r\n6\r\n123456\r\n"),
                      413, "PayloadTooLarge"));
}

TEST_F(ServerLimitsTest, EndlessChunkHeadersAre400) {
  Start();
  EXPECT_TRUE(IsError(AskOnce("POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1;" +
                              std::string(100000, 'x')),
                      400, "BadRequest"));
}

TEST_F(ServerLimitsTest, OversizedHeadersAre431) {
  options_.max_header_bytes = 1000;
  Start();
  EXPECT_TRUE(
      IsError(AskOnce(Get("/echo", "X: " + std::string(1000, 'x') + "\r\n")), 431, "RequestHeaderTooLarge"));
  EXPECT_TRUE(IsError(AskOnce("GET /" + std::string(1000, 'x')), 431, "RequestHeaderTooLarge"));
  EXPECT_EQ(TestClient(port()).Ask(Get("/none", "X: " + std::string(900, 'x') + "\r\n")).status, 404);
}

TEST_F(ServerLimitsTest, SlowHeadersAre408) {
  options_.header_timeout = kShort;
  Start();
  EXPECT_TRUE(IsError(AskOnce("GET /echo HTTP/1.1\r\nHo"), 408, "RequestTimeout"));
}

TEST_F(ServerLimitsTest, SlowHeadersOfLaterRequestsAre408Too) {
  options_.header_timeout = kShort;
  Start();
  TestClient client(port());
  client.Ask(Post("/echo", "1"));
  EXPECT_TRUE(IsError(client.Ask("GET /echo HTTP/1.1\r\nHo"), 408, "RequestTimeout"));
  EXPECT_TRUE(client.WaitForClose());
}

TEST_F(ServerLimitsTest, SlowBodiesAre408) {
  options_.body_timeout = kShort;
  Start();
  EXPECT_TRUE(IsError(AskOnce("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\n12"), 408,
                      "RequestTimeout"));
  EXPECT_TRUE(IsError(AskOnce("POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12"),
                      408, "RequestTimeout"));
}

// Sends byte by byte, as fast as it can, until the server has had enough, which must be before the end.
TestResponse Drip(TestClient& client, std::string_view head) {
  client.Send(head);
  int left = 1 << 20;
  while (left > 0 && !client.HasAnswer() && client.TrySend("x")) --left;
  EXPECT_GT(left, 0);
  return client.Read();
}

TEST_F(ServerLimitsTest, BodiesThatDripForEverAre408) {
  options_.body_timeout = kShort;
  options_.min_body_bytes_per_second = 1 << 30;  // no byte buys time
  router_.Add("POST", "/large", Echo(), {.max_body_bytes = 1 << 30});
  router_.AddStream("POST", "/stream", [](const Request&, BodyReader& body) {
    auto part = body.Read();
    while (part && !part->empty()) part = body.Read();
    return part ? Response{} : Response{500, {}, {}};
  });
  Start();
  for (const std::string path : {"/large", "/stream"}) {
    TestClient client(port());
    EXPECT_TRUE(
        IsError(Drip(client, "POST " + path + " HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000000\r\n\r\n"),
                408, "RequestTimeout"))
        << path;
  }
}

TEST_F(ServerLimitsTest, BodiesThatComeFastEnoughMayTakeLongerThanTheirTimeout) {
  options_.body_timeout = milliseconds(1000);
  options_.min_body_bytes_per_second = 1;  // every byte buys all of the time again
  router_.Add("POST", "/large", Echo(), {.max_body_bytes = 1 << 30});
  Start();
  TestClient client(port());
  client.Send("POST /large HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
  const auto end = std::chrono::steady_clock::now() + options_.body_timeout * 3 / 2;
  std::string sent;
  while (std::chrono::steady_clock::now() < end) {
    client.Send("1\r\nx\r\n");
    sent += 'x';
  }
  EXPECT_EQ(client.Ask("0\r\n\r\n").body, sent);
}

TEST_F(ServerLimitsTest, BodiesThatHoldTooMuchTogetherAre429AndGiveItBack) {
  options_.max_body_memory_bytes = 100000;
  Gate gate;
  std::promise<void> began;
  const auto hold = [&](const Request&) {
    began.set_value();
    gate.Wait();
    return Response{};
  };
  router_.Add("POST", "/held", hold, {.max_body_bytes = 1 << 20});
  router_.Add("POST", "/large", Echo(), {.max_body_bytes = 1 << 20});
  Start();
  const std::string body(60000, 'x');
  TestClient held(port());
  held.Send(Post("/held", body));
  began.get_future().get();
  const TestResponse refused = TestClient(port()).Ask(Post("/large", body));
  EXPECT_TRUE(IsError(refused, 429, "TooBusy"));
  EXPECT_EQ(refused.header("retry-after"), "1");
  EXPECT_EQ(TestClient(port()).Ask(Post("/echo", "small")).status, 200);
  gate.Open();
  EXPECT_EQ(held.Read().status, 200);
  EXPECT_EQ(held.Ask(Post("/large", body)).body, body);
}

TEST_F(ServerLimitsTest, RequestsThatWaitInTooLongALineAre429) {
  options_.worker_threads = 1;
  options_.max_waiting_requests = 1;
  Gate gate;
  std::promise<void> began;
  router_.Add("GET", "/held", [&](const Request&) {
    began.set_value();
    gate.Wait();
    return Response{};
  });
  Start();
  TestClient first(port());
  first.Send(Get("/held"));
  began.get_future().get();
  TestClient second(port());
  TestClient third(port());
  second.Send(Post("/echo", "2"));
  third.Send(Post("/echo", "3"));
  // Either one waits and the other one is refused.
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!second.HasAnswer() && !third.HasAnswer() && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::yield();
  }
  gate.Open();
  std::array<TestResponse, 2> answers{second.Read(), third.Read()};
  if (answers[0].status == 200) std::swap(answers[0], answers[1]);
  EXPECT_TRUE(IsError(answers[0], 429, "TooBusy"));
  EXPECT_EQ(answers[0].header("retry-after"), "1");
  EXPECT_EQ(answers[1].status, 200);
  EXPECT_EQ(first.Read().status, 200);
}

TEST_F(ServerLimitsTest, SilentConnectionsAreClosed) {
  options_.header_timeout = kShort;
  Start();
  EXPECT_TRUE(TestClient(port()).WaitForClose());
}

TEST_F(ServerLimitsTest, IdleConnectionsAreClosed) {
  options_.idle_timeout = kShort;
  Start();
  TestClient client(port());
  EXPECT_EQ(client.Ask(Post("/echo", "1")).status, 200);
  EXPECT_TRUE(client.WaitForClose());
}

TEST_F(ServerLimitsTest, HandshakesThatDoNotComeAreClosed) {
  const TestCertificate certificate;
  options_.tls = {certificate.certificate(), certificate.private_key()};
  options_.header_timeout = kShort;
  Start();
  EXPECT_TRUE(TestClient(port()).WaitForClose());
}

TEST_F(ServerLimitsTest, SlowHeadersOverTlsAre408) {
  const TestCertificate certificate;
  options_.tls = {certificate.certificate(), certificate.private_key()};
  options_.header_timeout = milliseconds(500);  // the handshake has to fit
  Start();
  TestClient client(port(), TestClient::Security::kTls);
  EXPECT_TRUE(IsError(client.Ask("GET /echo HT"), 408, "RequestTimeout"));
}

TEST_F(ServerLimitsTest, AnswersThatNobodyReadsAreGivenUp) {
  options_.body_timeout = kShort;
  std::promise<void> answered;
  router_.Add("GET", "/large", [](const Request&) { return Response{200, {}, std::string(64 << 20, 'x')}; });
  Start([&](const Exchange&) { answered.set_value(); });
  TestClient client(port());
  client.Send(Get("/large"));
  answered.get_future().get();
  EXPECT_THROW(client.Read(), std::runtime_error) << "the answer ends before its length";
  StopServer();
}

TEST_F(ServerLimitsTest, ConnectionsAboveTheMaximumAreClosedAtOnce) {
  options_.max_connections = 1;
  Start();
  {
    TestClient first(port());
    EXPECT_EQ(first.Ask(Post("/echo", "1")).status, 200);
    TestClient second(port());
    EXPECT_TRUE(second.WaitForClose());
    EXPECT_EQ(first.Ask(Post("/echo", "2", "Connection: close\r\n")).status, 200);
    EXPECT_TRUE(first.WaitForClose());
  }
}

}  // namespace
}  // namespace rawhaul::http
