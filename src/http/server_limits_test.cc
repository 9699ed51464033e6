#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <deque>
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

// Sends a byte, and the next one when the server has had time to wait for it, until it has had enough of
// that, which must be before the end.
TestResponse Drip(TestClient& client, std::string_view head) {
  client.Send(head);
  int left = 60'000;
  while (left > 0 && !client.HasAnswer(milliseconds(1)) && client.TrySend("x")) --left;
  EXPECT_GT(left, 0);
  return client.Read();
}

TEST_F(ServerLimitsTest, BodiesThatDripForEverAre408) {
  options_.body_timeout = kShort;
  options_.min_body_bytes_per_second = 1 << 30;  // no byte buys time
  router_.Add("POST", "/large", Echo(), {.max_body_bytes = 1 << 30});
  router_.AddStream("POST", "/stream", TakeWhole([](const std::string&) { return Response{}; }));
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

class HeldRequestsTest : public ServerLimitsTest {
 protected:
  HeldRequestsTest() {
    options_.max_request_memory_bytes = 2 << 20;
    options_.worker_threads = 4;
    router_.Add("POST", "/held",
                [this](const Request&) {
                  began_.Open();
                  leave_.Wait();
                  return Response{};
                },
                {.max_body_bytes = 4 << 20});
    router_.Add("POST", "/large", Echo(), {.max_body_bytes = 4 << 20});
    router_.AddAsync("POST", "/app",
                     [](const Request& request, const Responder& respond) {
                       respond({200, {}, request.body});
                     },
                     {.max_body_bytes = 4 << 20,
                      .payer = [](const Request& request) { return std::string(request.header("app")); }});
  }

  Gate began_;
  Gate leave_;
  const std::string body_ =
      std::string(1 << 20, 'x');  // over the share of one payer, under three quarters of all
};

TEST_F(HeldRequestsTest, BodiesThatHoldTooMuchTogetherAre429AndGiveItBack) {
  Start();
  TestClient held(port());
  held.Send(Post("/held", body_));
  began_.Wait();
  const TestResponse refused = TestClient(port()).Ask(Post("/large", body_));
  EXPECT_TRUE(IsError(refused, 429, "TooBusy"));
  EXPECT_EQ(refused.header("retry-after"), "1");
  leave_.Open();
  EXPECT_EQ(held.Read().status, 200);
  EXPECT_EQ(held.Ask(Post("/large", body_)).body, body_);
}

TEST_F(HeldRequestsTest, WhatOnePayerHoldsRefusesItselfAndNobodyElse) {
  Start();
  TestClient held(port());
  held.Send(Post("/held", std::string(150 << 10, 'x')));
  began_.Wait();
  const std::string body(100 << 10, 'y');
  EXPECT_TRUE(IsError(TestClient(port()).Ask(Post("/large", body)), 429, "TooBusy")) << "the same address";
  EXPECT_EQ(TestClient(port()).Ask(Post("/app", body, "App: 1\r\n")).body, body) << "another app";
  EXPECT_EQ(TestClient(port()).Ask(Post("/echo", "small")).status, 200) << "a small one";
  leave_.Open();
  EXPECT_EQ(held.Read().status, 200);
}

TEST_F(HeldRequestsTest, LargeAnswersAreChargedBeforeTheyAreMade) {
  router_.Add("GET", "/document",
              [this](const Request&) {
                began_.Open();
                leave_.Wait();
                return Response{200, {}, "document"};
              },
              {.answer_bytes = 300 << 10});
  Start();
  TestClient first(port());
  first.Send(Get("/document"));
  began_.Wait();
  EXPECT_TRUE(IsError(TestClient(port()).Ask(Get("/document")), 429, "TooBusy"));
  leave_.Open();
  EXPECT_EQ(first.Read().body, "document");
  EXPECT_EQ(first.Ask(Get("/document")).body, "document");
}

TEST_F(HeldRequestsTest, AnswersThatNobodyReadsAreHeldWithinTheShare) {
  options_.max_request_memory_bytes = 32 << 20;
  router_.Add("GET", "/document", [](const Request&) {
    return Response{200, {}, std::string(6 << 20, 'x')};
  });
  Start();
  TestClient reads_nothing(port());
  reads_nothing.Send(Get("/document"));
  while (!reads_nothing.HasAnswer()) std::this_thread::yield();
  EXPECT_TRUE(IsError(TestClient(port()).Ask(Get("/document")), 429, "TooBusy"));
}

TEST_F(ServerLimitsTest, MoreThanAHundredFieldsOfAHeaderAre431) {
  Start();
  std::string fields;
  for (int i = 0; i < 99; ++i) fields += "X:\r\n";
  EXPECT_EQ(TestClient(port()).Ask(Get("/none", fields)).status, 404);
  EXPECT_TRUE(IsError(AskOnce(Get("/none", fields + "X:\r\n")), 431, "RequestHeaderTooLarge"));
}

TEST_F(ServerLimitsTest, MoreThanAHundredParametersAre400) {
  Start();
  const std::string query = "/none?a" + std::string(99, '&');
  EXPECT_EQ(TestClient(port()).Ask(Get(query)).status, 404);
  EXPECT_TRUE(IsError(AskOnce(Get(query + "&")), 400, "BadRequest"));
}

TEST_F(ServerLimitsTest, OneAddressHasThreeQuartersOfTheConnections) {
  options_.max_connections = 4;
  Start();
  std::deque<TestClient> clients;
  for (int i = 0; i < 3; ++i) EXPECT_EQ(clients.emplace_back(port()).Ask(Post("/echo", "1")).status, 200);
  EXPECT_TRUE(TestClient(port()).WaitForClose());
  clients.pop_back();
  // Until the server has seen that.
  for (;;) {
    TestClient another(port());
    if (another.TrySend(Post("/echo", "1")) && !another.WaitForClose()) break;
  }
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
