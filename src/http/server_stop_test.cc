#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <optional>
#include <stdexcept>
#include <thread>
#include <vector>

#include "http/server_testing.h"

namespace rawhaul::http {
namespace {

using std::chrono::milliseconds;

// Longer than any test: one that has to wait for it hangs.
constexpr milliseconds kLongGrace = std::chrono::minutes(10);

class ServerStopTest : public ServerTest {
 protected:
  // A route that is in its handler when `entered_` opens, and leaves it when `leave_` does.
  void AddGatedRoute() {
    router_.Add("GET", "/gated", [this](const Request&) {
      entered_.Open();
      leave_.Wait();
      return Response{200, {}, "done"};
    });
  }
  std::thread StopInBackground(milliseconds grace) {
    return std::thread([this, grace] { server_->Stop(grace); });
  }

  // One I/O thread takes its work in turn: some answers to `other` later it has read what was sent before.
  // REQUIRES options_.io_threads == 1.
  static void LetItRead(TestClient& other) {
    for (int i = 0; i < 10; ++i) other.Ask(Get("/none"));
  }

  Gate entered_;
  Gate leave_;
};

TEST_F(ServerStopTest, IdleConnectionsAreClosedAtOnce) {
  router_.Add("POST", "/echo", Echo());
  Start();
  TestClient never_used(port());
  TestClient used(port());
  EXPECT_EQ(used.Ask(Post("/echo", "1")).status, 200);
  server_->Stop(kLongGrace);
  EXPECT_TRUE(used.WaitForClose());
  EXPECT_TRUE(never_used.WaitForClose());
  EXPECT_THROW(TestClient refused(port()), std::runtime_error) << "no more connections";
}

TEST_F(ServerStopTest, ARunningRequestIsAnsweredWithinTheGrace) {
  AddGatedRoute();
  Start();
  TestClient client(port());
  TestClient idle(port());
  client.Send(Get("/gated") + Get("/gated"));
  entered_.Wait();
  std::thread stopping = StopInBackground(kLongGrace);
  EXPECT_TRUE(idle.WaitForClose()) << "now it is stopping";
  leave_.Open();
  const auto response = client.Read();
  EXPECT_EQ(response.body, "done");
  EXPECT_EQ(response.header("connection"), "close");
  stopping.join();
}

TEST_F(ServerStopTest, ARequestThatArrivesWhileStoppingIs503) {
  options_.io_threads = 1;
  Start();
  TestClient late(port());
  const std::string request = Get("/none");
  EXPECT_EQ(late.Ask(request + request.substr(0, 10)).status, 404);
  TestClient idle(port());
  LetItRead(idle);
  std::thread stopping = StopInBackground(kLongGrace);
  EXPECT_TRUE(idle.WaitForClose()) << "now it is stopping";
  const auto response = late.Ask(request.substr(10));
  EXPECT_TRUE(IsError(response, 503, "ServiceUnavailable"));
  EXPECT_EQ(response.header("connection"), "close");
  stopping.join();
}

TEST_F(ServerStopTest, AfterTheGraceConnectionsAreClosed) {
  AddGatedRoute();
  Start();
  TestClient client(port());
  client.Send(Get("/gated"));
  entered_.Wait();
  std::thread stopping = StopInBackground(milliseconds(0));
  EXPECT_TRUE(client.WaitForClose()) << "while the handler still runs";
  leave_.Open();
  stopping.join();
}

TEST_F(ServerStopTest, HandlersOnWorkersAreWaitedFor) {
  std::atomic<bool> ended = false;
  router_.Add("GET", "/x", [&](const Request&) {
    entered_.Open();
    leave_.Wait();
    ended = true;
    return Response{};
  });
  Start();
  TestClient client(port());
  client.Send(Get("/x"));
  entered_.Wait();
  std::thread stopping = StopInBackground(milliseconds(0));
  EXPECT_TRUE(client.WaitForClose());
  leave_.Open();
  stopping.join();
  EXPECT_TRUE(ended);
}

TEST_F(ServerStopTest, QueuedHandlersOfClosedConnectionsDoNotRun) {
  options_.io_threads = options_.worker_threads = 1;
  AddGatedRoute();
  std::atomic<bool> ran = false;
  router_.Add("GET", "/queued", [&](const Request&) {
    ran = true;
    return Response{};
  });
  Start();
  TestClient busy(port());
  busy.Send(Get("/gated"));
  entered_.Wait();
  TestClient queued(port());
  queued.Send(Get("/queued"));
  TestClient other(port());
  LetItRead(other);
  std::thread stopping = StopInBackground(milliseconds(0));
  EXPECT_TRUE(queued.WaitForClose());
  leave_.Open();
  stopping.join();
  EXPECT_FALSE(ran);
}

TEST_F(ServerStopTest, AnAnswerMayComeAfterTheServerHasGone) {
  std::optional<Responder> kept;
  router_.AddAsync("GET", "/never", [&](Request, Responder respond) {
    kept = std::move(respond);
    entered_.Open();
  });
  Start();
  TestClient client(port());
  client.Send(Get("/never"));
  entered_.Wait();
  server_->Stop(milliseconds(0));
  EXPECT_TRUE(client.WaitForClose());
  server_.reset();
  (*kept)({200, {}, "too late"});
}

TEST_F(ServerStopTest, AJobThatIsAskedForAfterTheServerHasGoneDoesNotRun) {
  std::optional<Responder> kept;
  router_.AddAsync("GET", "/never", [&](const Request&, const Responder& respond) {
    kept = respond;
    entered_.Open();
  });
  Start();
  TestClient client(port());
  client.Send(Get("/never"));
  entered_.Wait();
  std::atomic<bool> ran = false;
  kept->Run([&] { ran = true; }, std::chrono::hours(1));
  server_->Stop(milliseconds(0));
  kept->Run([&] { ran = true; });
  server_.reset();
  EXPECT_FALSE(ran);
}

TEST_F(ServerStopTest, HalfARequestDoesNotOutliveTheGrace) {
  Start();
  TestClient client(port());
  client.Send("GET /x HT");
  server_->Stop(milliseconds(1));
  EXPECT_TRUE(client.WaitForClose());
}

TEST_F(ServerStopTest, TlsConnectionsAreClosedToo) {
  const TestCertificate certificate;
  options_.tls = {certificate.certificate(), certificate.private_key()};
  Start();
  TestClient idle(port(), TestClient::Security::kTls);
  EXPECT_EQ(idle.Ask(Get("/none")).status, 404);
  TestClient no_handshake(port());
  server_->Stop(kLongGrace);
  EXPECT_TRUE(idle.WaitForClose());
  EXPECT_TRUE(no_handshake.WaitForClose());
}

TEST_F(ServerStopTest, StopTwiceIsSafe) {
  Start();
  server_->Stop(kLongGrace);
  server_->Stop(kLongGrace);
}

TEST_F(ServerStopTest, StopDuringTrafficNeverHangs) {
  router_.AddAsync("POST", "/echo", [](Request request, Responder respond) {
    respond({200, {}, request.body});
  });
  for (int round = 0; round < 10; ++round) {
    Start();
    std::vector<std::thread> clients;
    std::atomic<int> answers = 0;
    for (int c = 0; c < 4; ++c) {
      clients.emplace_back([&] {
        try {
          TestClient client(port());
          for (;; ++answers) client.Ask(Post("/echo", "x"));
        } catch (const std::runtime_error&) {  // closed, as it should be
        }
      });
    }
    while (answers < 10) std::this_thread::yield();
    server_->Stop(kLongGrace);
    for (auto& client : clients) client.join();
  }
}

}  // namespace
}  // namespace rawhaul::http
