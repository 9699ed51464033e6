#include "http/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <future>
#include <latch>
#include <thread>
#include <vector>

#include "base/logging.h"
#include "http/server_testing.h"

namespace rawhaul::http {
namespace {

TEST_F(ServerTest, AnswersManyRequestsOnOneConnection) {
  router_.Add("POST", "/echo", Echo());
  Start();
  TestClient client(port());
  for (int i = 0; i < 100; ++i) {
    const auto response = client.Ask(Post("/echo", std::to_string(i)));
    ASSERT_EQ(response.status, 200);
    ASSERT_EQ(response.body, std::to_string(i));
    ASSERT_EQ(response.header("connection"), "");
  }
}

TEST_F(ServerTest, AnswersPipelinedRequestsInOrder) {
  router_.Add("POST", "/echo", Echo());
  router_.AddAsync("GET", "/now", [](Request, Responder respond) { respond({200, {}, "now"}); });
  Start();
  TestClient client(port());
  client.Send(Post("/echo", "1") + Get("/now") + Get("/none") + Post("/echo", "2"));
  EXPECT_EQ(client.Read().body, "1");
  EXPECT_EQ(client.Read().body, "now");
  EXPECT_EQ(client.Read().status, 404);
  EXPECT_EQ(client.Read().body, "2");
}

TEST_F(ServerTest, AnEmptyLineBehindABodyIsPassedOver) {
  router_.Add("POST", "/x", Echo());
  Start();
  TestClient client(port());
  EXPECT_EQ(client.Ask(Post("/x", "one") + "\r\n").body, "one");
  EXPECT_EQ(client.Ask(Post("/x", "two")).body, "two");
  client.Send("\r\n");
  EXPECT_EQ(client.Ask(Post("/x", "three")).body, "three");
}

// Else the client would be told 408 for a request that it never began.
TEST_F(ServerTest, AConnectionRestsBehindAnEmptyLine) {
  router_.Add("POST", "/x", Echo());
  options_.header_timeout = std::chrono::seconds(60);
  options_.idle_timeout = std::chrono::milliseconds(100);
  Start();
  TestClient client(port());
  EXPECT_EQ(client.Ask(Post("/x", "one") + "\r\n").body, "one");
  EXPECT_TRUE(client.WaitForClose());
}

TEST_F(ServerTest, HandlersSeeTheWholeRequest) {
  Request seen;
  router_.Add("POST", "/a/{x}/b", [&](const Request& request) {
    seen = request;
    return Response{};
  });
  Start();
  TestClient client(port());
  const auto response = client.Ask(
      Post("/A/1%2F2/b?%24skip=3&q=a+b", "body", "X-Two: 1\r\nx-two: 2\r\nx-ms-client-request-id: id-1\r\n"));
  EXPECT_EQ(response.header("x-ms-request-id"), "id-1");
  EXPECT_EQ(seen.method, "POST");
  EXPECT_EQ(seen.target, "/A/1%2F2/b?%24skip=3&q=a+b");
  EXPECT_EQ(seen.path, "/A/1%2F2/b");
  EXPECT_EQ(seen.path_parameter("x"), "1/2");
  EXPECT_EQ(*seen.query_parameter("$skip"), "3");
  EXPECT_EQ(*seen.query_parameter("q"), "a b");
  EXPECT_EQ(seen.header("host"), "h");
  EXPECT_EQ(seen.body, "body");
  EXPECT_EQ(seen.request_id, "id-1");
  EXPECT_FALSE(seen.secure);
  EXPECT_THAT(seen.headers, ::testing::IsSupersetOf({Header("x-two", "1"), Header("x-two", "2")}));
}

TEST_F(ServerTest, AsyncHandlersMayAnswerFromAnyThread) {
  std::vector<std::thread> threads;
  router_.AddAsync("POST", "/later", [&](Request request, Responder respond) {
    threads.emplace_back([body = request.body, respond] { respond({202, {}, body}); });
  });
  options_.async_threads = 1;  // who fills `threads`
  Start();
  TestClient client(port());
  for (int i = 0; i < 20; ++i) {
    const auto response = client.Ask(Post("/later", std::to_string(i)));
    EXPECT_EQ(response.status, 202);
    EXPECT_EQ(response.body, std::to_string(i));
  }
  StopServer();
  for (auto& thread : threads) thread.join();
}

TEST_F(ServerTest, AJobOfAResponderRunsLaterOnAThreadThatMayBlock) {
  router_.AddAsync("GET", "/job", [](const Request&, const Responder& respond) {
    respond.Run([respond] { respond({200, {}, "done"}); });
  });
  Start();
  EXPECT_EQ(TestClient(port()).Ask(Get("/job")).body, "done");
}

TEST_F(ServerTest, AJobThatWaitsHoldsUpNoHandler) {
  Gate entered;
  Gate leave;
  router_.AddAsync("GET", "/job", [&](const Request&, const Responder& respond) {
    respond.Run([&, respond] {
      entered.Open();
      leave.Wait();
      respond({200, {}, "done"});
    });
  });
  router_.AddAsync("GET", "/now", [](const Request&, const Responder& respond) {
    respond({200, {}, "now"});
  });
  options_.async_threads = 1;
  Start();
  TestClient waiting(port());
  waiting.Send(Get("/job"));
  entered.Wait();
  EXPECT_EQ(TestClient(port()).Ask(Get("/now")).body, "now");
  leave.Open();
  EXPECT_EQ(waiting.Read().body, "done");
}

TEST_F(ServerTest, ProbesHaveAThreadOfTheirOwn) {
  Gate leave;
  std::latch held(5);
  const auto wait = [&] {
    held.count_down();
    leave.Wait();
    return Response{200, {}, "done"};
  };
  const auto answer = [&](const Request&, const Responder& respond) { respond(wait()); };
  router_.Add("GET", "/worker", [&](const Request&) { return wait(); });
  router_.AddAsync("GET", "/async", answer);
  router_.AddAsync("GET", "/stranger", answer, {.payer = [](const Request&) { return std::string(); }});
  router_.AddStream("GET", "/stream", [&](const Request&, const Responder& respond) {
    respond(wait());
    return nullptr;
  });
  Gate job;
  router_.AddAsync("GET", "/job", [&](const Request&, const Responder& respond) {
    respond.Run([&, respond] {
      job.Open();
      respond(wait());
    });
  });
  router_.AddProbe("GET", "/probe", [](const Request&) { return Response{200, {}, "alive"}; });
  options_.worker_threads = options_.async_threads = options_.job_threads = options_.stream_threads = 1;
  Start();
  std::deque<TestClient> waiting;
  const auto send = [&](std::string_view path) {
    waiting.emplace_back(port());
    waiting.back().Send(Get(path));
  };
  send("/job");
  job.Wait();
  for (const char* path : {"/worker", "/async", "/stranger", "/stream"}) send(path);
  held.wait();
  EXPECT_EQ(TestClient(port()).Ask(Get("/probe")).body, "alive");
  leave.Open();
  for (TestClient& client : waiting) EXPECT_EQ(client.Read().body, "done");
}

// A stranger's handler waits, as for a look-up; who has proved its key goes on, and so do other routes.
TEST_F(ServerTest, PayersThatAreNotKnownShareOneThread) {
  Gate entered;
  Gate leave;
  router_.AddAsync("GET", "/work",
                   [&](const Request& request, const Responder& respond) {
                     if (request.header("key").empty()) {
                       entered.Open();
                       leave.Wait();
                     }
                     respond({200, {}, "done"});
                   },
                   {.payer = [](const Request& request) { return std::string(request.header("key")); }});
  router_.AddAsync("GET", "/other", [](const Request&, const Responder& respond) {
    respond({200, {}, "other"});
  });
  options_.async_threads = 1;
  Start();
  std::deque<TestClient> strangers;
  for (int i = 0; i < 4; ++i) {
    strangers.emplace_back(port());
    strangers.back().Send(Get("/work"));
  }
  entered.Wait();
  EXPECT_EQ(TestClient(port()).Ask(Get("/work", "Key: app 1\r\n")).body, "done");
  EXPECT_EQ(TestClient(port()).Ask(Get("/other")).body, "other");
  leave.Open();
  for (TestClient& stranger : strangers) EXPECT_EQ(stranger.Read().body, "done");
}

TEST_F(ServerTest, OnlyTheFirstAnswerCounts) {
  router_.AddAsync("GET", "/twice", [](Request, Responder respond) {
    respond({200, {}, "first"});
    respond({500, {}, "second"});
  });
  Start();
  TestClient client(port());
  EXPECT_EQ(client.Ask(Get("/twice")).body, "first");
  EXPECT_EQ(client.Ask(Get("/twice")).body, "first");
}

TEST_F(ServerTest, DroppedRespondersAnswer500) {
  router_.AddAsync("GET", "/drop", [](Request, Responder) {});
  Start();
  TestClient client(port());
  EXPECT_TRUE(IsError(client.Ask(Get("/drop")), 500, "InternalError"));
  EXPECT_TRUE(IsError(client.Ask(Get("/drop")), 500, "InternalError")) << "on the same connection";
}

TEST_F(ServerTest, ThrowingHandlersAnswer500WithoutDetails) {
  const auto fail = [](const Request&) -> Response { throw std::runtime_error("secret"); };
  router_.Add("GET", "/sync", fail);
  router_.AddProbe("GET", "/probe", fail);
  router_.AddAsync("GET", "/async", [](Request, Responder) { throw std::runtime_error("secret"); });
  router_.AddStream("GET", "/stream",
                    [](const Request&, const Responder&) -> std::shared_ptr<BodyTaker> { throw 42; });
  router_.AddAsync("GET", "/job", [](const Request&, const Responder& respond) {
    respond.Run([respond] { throw std::runtime_error("secret"); });
  });
  Start();
  TestClient client(port());
  for (const char* path : {"/sync", "/probe", "/async", "/stream", "/job"}) {
    const auto response = client.Ask(Get(path));
    EXPECT_TRUE(IsError(response, 500, "InternalError")) << path;
    EXPECT_EQ(response.body.find("secret"), std::string::npos);
  }
}

TEST_F(ServerTest, HeadersThatBreakTheLineAreNotSent) {
  router_.Add("GET", "/x", [](const Request&) {
    return Response{200, {{"Location", "a\r\nSet-Cookie: b"}}, ""};
  });
  Start();
  TestClient client(port());
  const auto response = client.Ask(Get("/x"));
  EXPECT_TRUE(IsError(response, 500, "InternalError"));
  EXPECT_EQ(response.header("set-cookie"), "");
}

TEST_F(ServerTest, HeadIsGetWithoutTheBody) {
  router_.Add("GET", "/x", [](const Request&) { return Response{200, {}, "12345"}; });
  Start();
  TestClient client(port());
  client.Send("HEAD /x HTTP/1.1\r\nHost: h\r\n\r\nHEAD /none HTTP/1.1\r\nHost: h\r\n\r\n" + Get("/x"));
  EXPECT_EQ(client.ReadHead().header("content-length"), "5");
  EXPECT_EQ(client.ReadHead().status, 404);
  EXPECT_EQ(client.Read().body, "12345");
}

TEST_F(ServerTest, NoContentHasNoLength) {
  router_.Add("GET", "/x", [](const Request&) { return Response{204, {}, "ignored"}; });
  Start();
  TestClient client(port());
  client.Send(Get("/x") + Get("/x"));
  const auto response = client.ReadHead();
  EXPECT_EQ(response.status, 204);
  EXPECT_EQ(response.header("content-length"), "");
  EXPECT_EQ(client.ReadHead().status, 204);
}

TEST_F(ServerTest, LargeBodiesGoBothWays) {
  router_.Add("POST", "/echo", Echo(), {.max_body_bytes = 64 << 20});
  Start();
  std::string body(8 << 20, 'x');
  for (size_t i = 0; i < body.size(); i += 1000) body[i] = static_cast<char>('a' + i / 1000 % 26);
  TestClient client(port());
  std::thread sender([&] { client.Send(Post("/echo", body)); });
  const auto response = client.Read();
  sender.join();
  EXPECT_EQ(response.body, body);
}

TEST_F(ServerTest, ChunkedBodiesAreAccepted) {
  router_.Add("POST", "/echo", Echo());
  Start();
  TestClient client(port());
  const std::string chunked =
      "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n "
      "world\r\n0\r\n\r\n";
  EXPECT_EQ(client.Ask(chunked).body, "hello world");
  EXPECT_EQ(client.Ask(chunked).body, "hello world");
}

TEST_F(ServerTest, ExpectContinueIsAnsweredBeforeTheBodyIsRead) {
  router_.Add("POST", "/echo", Echo());
  Start();
  TestClient client(port());
  for (const char* body : {"12345", "67890"}) {
    client.Send("POST /echo HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
    EXPECT_EQ(client.ReadHead().status, 100);
    EXPECT_EQ(client.Ask(body).body, body);
  }
}

TEST_F(ServerTest, ExpectContinueIsNotAnsweredWhereTheBodyIsRefused) {
  router_.Add("POST", "/echo", Echo(), {.max_body_bytes = 4});
  Start();
  TestClient client(port());
  const auto response =
      client.Ask("POST /echo HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
  EXPECT_EQ(response.status, 413);
}

TEST_F(ServerTest, Http10ConnectionsCloseUnlessAskedToStay) {
  router_.Add("GET", "/x", Echo());
  Start();
  TestClient client(port());
  EXPECT_EQ(client.Ask("GET /x HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").header("connection"),
            "keep-alive");
  EXPECT_EQ(client.Ask("GET /x HTTP/1.0\r\n\r\n").header("connection"), "close");
  EXPECT_TRUE(client.WaitForClose());
}

TEST_F(ServerTest, ConnectionCloseIsHonored) {
  router_.Add("GET", "/x", Echo());
  Start();
  TestClient client(port());
  EXPECT_EQ(client.Ask(Get("/x", "Connection: close\r\n")).header("connection"), "close");
  EXPECT_TRUE(client.WaitForClose());
}

TEST_F(ServerTest, TheObserverSeesEveryAnswer) {
  struct Seen {
    std::string text;
    std::chrono::microseconds duration;
  };
  std::promise<Seen> first;
  std::promise<Seen> second;
  std::promise<Seen> third;
  std::promise<Seen>* next[] = {&first, &second, &third};
  size_t count = 0;
  router_.Add("GET", "/a/{x}", Echo());
  Start([&](const Exchange& e) {
    next[count++]->set_value(
        {fmt::format("{} {} {} {} {}", e.method, e.path, e.route, e.request_id, e.status), e.duration});
  });
  TestClient client(port());
  client.Ask(Get("/a/1?secret=2", "x-ms-client-request-id: id\r\n"));
  client.Ask(Get("/none", "x-ms-client-request-id: id\r\n"));
  client.Ask("broken\r\n\r\n");
  const auto seen = first.get_future().get();
  EXPECT_EQ(seen.text, "GET /a/1 /a/{x} id 200");
  EXPECT_GT(seen.duration.count(), 0);
  EXPECT_EQ(second.get_future().get().text, "GET /none  id 404");
  EXPECT_THAT(third.get_future().get().text, ::testing::EndsWith(" 400"));
  StopServer();
}

TEST_F(ServerTest, ClientsThatGoAwayDoNoHarm) {
  Gate gate;
  router_.Add("POST", "/wait", [&](const Request& request) {
    gate.Wait();
    return Response{200, {}, request.body};
  });
  router_.Add("GET", "/x", Echo());
  Start();
  { TestClient(port()).Send(Post("/wait", "x")); }
  { TestClient(port()).Send("POST /wait HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\nhalf"); }
  { TestClient(port()).Send("GET /x HT"); }
  gate.Open();
  EXPECT_EQ(TestClient(port()).Ask(Get("/x")).status, 200);
  StopServer();
}

TEST_F(ServerTest, ManyConnectionsAtOnce) {
  router_.AddAsync("POST", "/async", [](Request request, Responder respond) {
    respond({200, {}, std::move(request.body)});
  });
  router_.Add("POST", "/worker", Echo());
  Start();
  std::vector<std::thread> clients;
  std::atomic<int> good = 0;
  for (int c = 0; c < 8; ++c) {
    clients.emplace_back([&, c] {
      TestClient client(port());
      for (int i = 0; i < 200; ++i) {
        const std::string body = fmt::format("{}-{}", c, i);
        good += client.Ask(Post(i % 2 == 0 ? "/async" : "/worker", body)).body == body;
      }
    });
  }
  for (auto& client : clients) client.join();
  EXPECT_EQ(good, 1600);
}

TEST_F(ServerTest, AnAddressInUseIsAnError) {
  Start();
  ServerOptions other = options_;
  other.port = port();
  const auto second = Server::Start(other, router_);
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(second.error().message, ::testing::HasSubstr("127.0.0.1 port " + std::to_string(port())));
}

TEST_F(ServerTest, AnAddressThatIsNoneIsAnError) {
  options_.address = "localhost";
  const auto server = Server::Start(options_, router_);
  ASSERT_FALSE(server.has_value());
  EXPECT_EQ(server.error().code, ErrorCode::kInvalidArgument);
}

TEST_F(ServerTest, ServesTls) {
  const TestCertificate certificate;
  options_.tls = {certificate.certificate(), certificate.private_key()};
  router_.Add("POST", "/echo", [](const Request& r) {
    return Response{200, {}, r.secure ? r.body : "plain"};
  });
  Start();
  TestClient client(port(), TestClient::Security::kTls);
  EXPECT_EQ(client.Ask(Post("/echo", "small")).body, "small");
  const std::string large(1 << 20, 'x');
  EXPECT_EQ(client.Ask(Post("/echo", large)).body, large);
  EXPECT_TRUE(IsError(client.Ask("broken\r\n\r\n"), 400, "BadRequest"));
  EXPECT_TRUE(client.WaitForClose());
}

TEST_F(ServerTest, PlainTextOnATlsPortIsClosed) {
  const TestCertificate certificate;
  options_.tls = {certificate.certificate(), certificate.private_key()};
  Start();
  TestClient client(port());
  client.Send(Get("/"));
  EXPECT_THROW(client.Read(), std::runtime_error);
}

TEST_F(ServerTest, AnUnusableCertificateIsAnError) {
  const TestCertificate certificate;
  const TestCertificate other;
  options_.tls = {certificate.certificate(), other.private_key()};
  const auto mismatch = Server::Start(options_, router_);
  ASSERT_FALSE(mismatch.has_value());
  EXPECT_EQ(mismatch.error().code, ErrorCode::kInvalidArgument);
  options_.tls = {"/nonexistent/cert.pem", certificate.private_key()};
  const auto missing = Server::Start(options_, router_);
  ASSERT_FALSE(missing.has_value());
  EXPECT_THAT(missing.error().message, ::testing::HasSubstr("/nonexistent/cert.pem"));
}

}  // namespace
}  // namespace rawhaul::http
