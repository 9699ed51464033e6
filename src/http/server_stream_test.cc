#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <deque>
#include <future>
#include <optional>
#include <thread>

#include "http/server_testing.h"

namespace rawhaul::http {
namespace {

using std::chrono::milliseconds;

constexpr size_t kLarge = 32 << 20;  // far over every limit and every buffer

Response Count(const std::string& body) { return {200, {}, std::to_string(body.size())}; }
Response EchoBody(const std::string& body) { return {200, {}, body}; }

std::shared_ptr<BodyTaker> Refuse(const Request&, const Responder& respond) {
  respond(ErrorResponse(401, "No", "no"));
  return nullptr;
}

// Gives each part, and the way to more, to a function.
class EachPart final : public BodyTaker {
 public:
  using OnPart = std::function<void(std::string part, std::function<void()> more)>;
  explicit EachPart(
      OnPart on_part, std::function<void()> on_end = [] {})
      : on_part_(std::move(on_part)), on_end_(std::move(on_end)) {}
  void Take(std::string part, std::function<void()> more) override {
    on_part_(std::move(part), std::move(more));
  }
  void End() override { on_end_(); }

 private:
  const OnPart on_part_;
  const std::function<void()> on_end_;
};

TEST_F(ServerTest, StreamsBodiesOfAnySize) {
  router_.AddStream("POST", "/bulk", TakeWhole(Count));
  Start();
  TestClient client(port());
  EXPECT_EQ(client.Ask(Post("/bulk", std::string(kLarge, 'x'))).body, std::to_string(kLarge));
  EXPECT_EQ(client.Ask(Post("/bulk", "")).body, "0") << "on the same connection";
  EXPECT_EQ(client.Ask(Post("/bulk", "abc")).body, "3");
}

TEST_F(ServerTest, StreamsChunkedBodies) {
  router_.AddStream("POST", "/bulk", TakeWhole(EchoBody));
  Start();
  TestClient client(port());
  client.Send("POST /bulk HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n wo");
  const auto response = client.Ask("rld\r\n0\r\n\r\n");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, "hello world");
}

TEST_F(ServerTest, TakersGetWhatIsThereBeforeTheRestComes) {
  Gate first_part_taken;
  router_.AddStream("POST", "/bulk", [&](const Request&, const Responder& respond) {
    const auto all = std::make_shared<std::string>();
    return std::make_shared<EachPart>(
        [&, all](const std::string& part, const std::function<void()>& more) {
          *all += part;
          first_part_taken.Open();
          more();
        },
        [all, respond] {
          respond({200, {}, *all});
        });
  });
  Start();
  TestClient client(port());
  client.Send("POST /bulk HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nab");
  first_part_taken.Wait();
  EXPECT_EQ(client.Ask("cd").body, "abcd");
}

// More bodies wait for their senders than there are threads, one for its taker; others go on.
TEST_F(ServerTest, BodiesThatWaitHoldNoThread) {
  options_.stream_threads = 1;
  std::promise<std::function<void()>> more_of_waiting;
  router_.AddStream("POST", "/bulk", TakeWhole(Count));
  router_.AddStream("POST", "/waiting", [&](const Request&, const Responder& respond) {
    return std::make_shared<EachPart>(
        [&](const std::string&, std::function<void()> more) { more_of_waiting.set_value(std::move(more)); },
        [respond] {
          respond({200, {}, "waited"});
        });
  });
  Start();
  std::deque<TestClient> slow;
  for (int i = 0; i < 20; ++i) {
    slow.emplace_back(port());
    slow.back().Send("POST /bulk HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nab");
  }
  TestClient waiting(port());
  waiting.Send(Post("/waiting", "x"));
  const auto more = more_of_waiting.get_future().get();
  EXPECT_EQ(TestClient(port()).Ask(Post("/bulk", "abc")).body, "3");
  more();
  EXPECT_EQ(waiting.Read().body, "waited");
  for (TestClient& client : slow) EXPECT_EQ(client.Ask("cd").body, "4");
}

TEST_F(ServerTest, ManyStreamsOfOneAddressAre429AndAreTakenLater) {
  options_.max_request_memory_bytes = 16 * kStreamBytes;
  router_.AddStream("POST", "/bulk", TakeWhole(Count));
  Start();
  const std::string half =
      "POST /bulk HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n";
  std::deque<TestClient> slow;
  for (int i = 0; i < 2; ++i) {
    slow.emplace_back(port());
    slow.back().Send(half);
    EXPECT_EQ(slow.back().ReadHead().status, 100) << "it is taken";
  }
  const TestResponse refused = TestClient(port()).Ask(half);
  EXPECT_TRUE(IsError(refused, 429, "TooBusy"));
  EXPECT_EQ(refused.header("retry-after"), "1");
  EXPECT_EQ(slow[0].Ask("abcd").body, "4");
  EXPECT_EQ(slow[0].Ask(Post("/bulk", "ab")).body, "2");
}

TEST_F(ServerTest, StreamedBodiesAreNotReadAheadOfTheTaker) {
  Gate gate;
  router_.AddStream("POST", "/bulk", [&](const Request&, const Responder& respond) {
    gate.Wait();
    return std::make_shared<WholeBody>(respond, Count);
  });
  Start();
  TestClient client(port());
  std::atomic<bool> all_sent = false;
  std::thread sender([&] {
    client.Send(Post("/bulk", std::string(kLarge, 'x')));
    all_sent = true;
  });
  // A second request that is answered shows that the server is not just slow.
  TestClient other(port());
  EXPECT_EQ(other.Ask(Get("/none")).status, 404);
  EXPECT_FALSE(all_sent) << "the sockets' buffers are far smaller";
  gate.Open();
  EXPECT_EQ(client.Read().body, std::to_string(kLarge));
  sender.join();
}

TEST_F(ServerTest, ExpectContinueOfAStreamIsAnsweredWhenThereIsATaker) {
  router_.AddStream("POST", "/bulk", TakeWhole(Count));
  router_.AddStream("POST", "/refuse", Refuse);
  Start();
  const std::string head = " HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n";
  TestClient client(port());
  client.Send("POST /bulk" + head);
  EXPECT_EQ(client.ReadHead().status, 100);
  EXPECT_EQ(client.Ask("12345").body, "5");
  EXPECT_EQ(client.Ask("POST /refuse" + head).status, 401);
}

TEST_F(ServerTest, AnAnswerBeforeTheEndOfTheBodyIsSentAndClosesTheConnection) {
  router_.AddStream("POST", "/bulk", [](const Request&, const Responder& respond) {
    return std::make_shared<EachPart>([respond](const std::string&, const std::function<void()>&) {
      respond(ErrorResponse(400, "Line1", "the first line is wrong"));
    });
  });
  Start();
  TestClient client(port());
  // Under the lingering drain's limit, so that all of it is taken and the answer cannot get lost.
  client.Send(Post("/bulk", std::string(8 << 20, 'x')));
  const auto response = client.Read();
  EXPECT_TRUE(IsError(response, 400, "Line1"));
  EXPECT_EQ(response.header("connection"), "close");
  EXPECT_TRUE(client.WaitForClose());
}

TEST_F(ServerTest, TheDrainAfterAnEarlyAnswerIsBounded) {
  router_.AddStream("POST", "/bulk", Refuse);
  Start();
  TestClient client(port());
  client.Send("POST /bulk HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
  const std::string chunk = "10000\r\n" + std::string(0x10000, 'x') + "\r\n";
  size_t sent = 0;
  while (sent < 1024 && client.TrySend(chunk)) ++sent;
  EXPECT_LT(sent, 1024u) << "64 MiB were taken";
}

// Says when it goes.
class GoneTaker final : public BodyTaker {
 public:
  GoneTaker(Gate& began, std::promise<bool>& gone) : began_(began), gone_(gone) {}
  ~GoneTaker() override { gone_.set_value(ended_); }
  void Take(std::string, std::function<void()> more) override {
    began_.Open();
    more();
  }
  void End() override { ended_ = true; }

 private:
  Gate& began_;
  std::promise<bool>& gone_;
  bool ended_ = false;
};

TEST_F(ServerTest, ATakerGoesWithoutAnEndWhenTheConnectionBreaks) {
  Gate began;
  std::promise<bool> gone;
  router_.AddStream("POST", "/bulk", [&](const Request&, const Responder&) {
    return std::make_shared<GoneTaker>(began, gone);
  });
  Start();
  {
    TestClient client(port());
    client.Send("POST /bulk HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\nhalf");
    began.Wait();
  }
  EXPECT_FALSE(gone.get_future().get());
  StopServer();
}

TEST_F(ServerTest, ATakerGoesWithoutAnEndWhenTheServerStops) {
  Gate began;
  std::promise<bool> gone;
  router_.AddStream("POST", "/bulk", [&](const Request&, const Responder&) {
    return std::make_shared<GoneTaker>(began, gone);
  });
  Start();
  TestClient client(port());
  client.Send("POST /bulk HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\nhalf");
  began.Wait();
  StopServer();
  EXPECT_FALSE(gone.get_future().get());
  EXPECT_TRUE(client.WaitForClose());
}

TEST_F(ServerTest, ATakerThatDoesNotAnswerIs500) {
  router_.AddStream("POST", "/silent", [](const Request&, const Responder&) {
    return std::make_shared<EachPart>([](const std::string&, const std::function<void()>& more) { more(); });
  });
  router_.AddStream("POST", "/deaf", [](const Request&, const Responder&) {
    return std::make_shared<EachPart>([](const std::string&, const std::function<void()>&) {});
  });
  router_.AddStream("POST", "/throws", [](const Request&, const Responder&) {
    return std::make_shared<EachPart>([](const std::string&, const std::function<void()>&) { throw 42; });
  });
  Start();
  for (const char* path : {"/silent", "/deaf", "/throws"})
    EXPECT_TRUE(IsError(TestClient(port()).Ask(Post(path, "x")), 500, "InternalError")) << path;
}

TEST_F(ServerTest, ASlowStreamIs408) {
  options_.body_timeout = milliseconds(30);
  router_.AddStream("POST", "/bulk", TakeWhole(Count));
  Start();
  TestClient client(port());
  EXPECT_TRUE(IsError(client.Ask("POST /bulk HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\nhalf"), 408,
                      "RequestTimeout"));
  EXPECT_TRUE(client.WaitForClose());
}

TEST_F(ServerTest, AMalformedStreamIs400) {
  router_.AddStream("POST", "/bulk", TakeWhole(Count));
  Start();
  TestClient client(port());
  EXPECT_TRUE(IsError(
      client.Ask("POST /bulk HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n0\r\n\r\n"),
      400, "BadRequest"));
}

TEST_F(ServerTest, StreamsOverTls) {
  const TestCertificate certificate;
  options_.tls = {certificate.certificate(), certificate.private_key()};
  router_.AddStream("POST", "/bulk", TakeWhole(Count));
  Start();
  TestClient client(port(), TestClient::Security::kTls);
  EXPECT_EQ(client.Ask(Post("/bulk", std::string(kLarge, 'x'))).body, std::to_string(kLarge));
}

}  // namespace
}  // namespace rawhaul::http
