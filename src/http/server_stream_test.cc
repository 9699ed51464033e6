#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <thread>

#include "http/server_testing.h"

namespace rawhaul::http {
namespace {

using std::chrono::milliseconds;

constexpr size_t kLarge = 32 << 20;  // far over every limit and every buffer

// Reads all, and answers how much that was.
Response Count(const Request&, BodyReader& body) {
  size_t bytes = 0;
  for (;;) {
    const auto part = body.Read();
    if (!part) return ErrorResponse(503, "Broken", part.error().message);
    if (part->empty()) break;
    bytes += part->size();
  }
  return {200, {}, std::to_string(bytes)};
}

TEST_F(ServerTest, StreamsBodiesOfAnySize) {
  router_.AddStream("POST", "/bulk", Count);
  Start();
  TestClient client(port());
  EXPECT_EQ(client.Ask(Post("/bulk", std::string(kLarge, 'x'))).body, std::to_string(kLarge));
  EXPECT_EQ(client.Ask(Post("/bulk", "")).body, "0") << "on the same connection";
  EXPECT_EQ(client.Ask(Post("/bulk", "abc")).body, "3");
}

TEST_F(ServerTest, StreamsChunkedBodies) {
  router_.AddStream("POST", "/bulk", [](const Request&, BodyReader& body) {
    std::string all;
    for (auto part = body.Read(); part && !part->empty(); part = body.Read()) all += *part;
    const bool still_at_the_end = body.Read().value_or("not").empty();
    return Response{still_at_the_end ? 200 : 500, {}, all};
  });
  Start();
  TestClient client(port());
  client.Send("POST /bulk HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n wo");
  const auto response = client.Ask("rld\r\n0\r\n\r\n");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, "hello world");
}

TEST_F(ServerTest, StreamHandlersGetWhatIsThereBeforeTheRestComes) {
  Gate first_part_read;
  router_.AddStream("POST", "/bulk", [&](const Request&, BodyReader& body) {
    std::string all = body.Read().value_or("");
    first_part_read.Open();
    for (auto part = body.Read(); part && !part->empty(); part = body.Read()) all += *part;
    return Response{200, {}, all};
  });
  Start();
  TestClient client(port());
  client.Send("POST /bulk HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nab");
  first_part_read.Wait();
  EXPECT_EQ(client.Ask("cd").body, "abcd");
}

TEST_F(ServerTest, StreamedBodiesAreNotReadAheadOfTheHandler) {
  Gate gate;
  router_.AddStream("POST", "/bulk", [&](const Request& request, BodyReader& body) {
    gate.Wait();
    return Count(request, body);
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

TEST_F(ServerTest, ExpectContinueOfAStreamIsAnsweredWhenTheHandlerReads) {
  router_.AddStream("POST", "/bulk", Count);
  router_.AddStream("POST", "/refuse",
                    [](const Request&, BodyReader&) { return ErrorResponse(401, "No", "no"); });
  Start();
  const std::string head = " HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n";
  TestClient client(port());
  client.Send("POST /bulk" + head);
  EXPECT_EQ(client.ReadHead().status, 100);
  EXPECT_EQ(client.Ask("12345").body, "5");
  EXPECT_EQ(client.Ask("POST /refuse" + head).status, 401);
}

TEST_F(ServerTest, AnAnswerBeforeTheEndOfTheBodyIsSentAndClosesTheConnection) {
  router_.AddStream("POST", "/bulk", [](const Request&, BodyReader& body) {
    body.Read().value();
    return ErrorResponse(400, "Line1", "the first line is wrong");
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
  router_.AddStream("POST", "/bulk", [](const Request&, BodyReader&) { return Response{400, {}, ""}; });
  Start();
  TestClient client(port());
  client.Send("POST /bulk HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
  const std::string chunk = "10000\r\n" + std::string(0x10000, 'x') + "\r\n";
  size_t sent = 0;
  while (sent < 1024 && client.TrySend(chunk)) ++sent;
  EXPECT_LT(sent, 1024u) << "64 MiB were taken";
}

TEST_F(ServerTest, ABrokenConnectionEndsTheReadOfAStream) {
  std::promise<Result<std::string>> ended;
  router_.AddStream("POST", "/bulk", [&](const Request&, BodyReader& body) {
    auto part = body.Read();
    while (part && !part->empty()) part = body.Read();
    ended.set_value(part);
    return Response{};
  });
  Start();
  { TestClient(port()).Send("POST /bulk HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\nhalf"); }
  const auto result = ended.get_future().get();
  StopServer();
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code, ErrorCode::kUnavailable);
}

TEST_F(ServerTest, ASlowStreamIs408) {
  options_.body_timeout = milliseconds(30);
  router_.AddStream("POST", "/bulk", Count);
  Start();
  TestClient client(port());
  EXPECT_TRUE(IsError(client.Ask("POST /bulk HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\nhalf"), 408,
                      "RequestTimeout"));
  EXPECT_TRUE(client.WaitForClose());
}

TEST_F(ServerTest, AMalformedStreamIs400) {
  router_.AddStream("POST", "/bulk", Count);
  Start();
  TestClient client(port());
  EXPECT_TRUE(IsError(
      client.Ask("POST /bulk HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n0\r\n\r\n"),
      400, "BadRequest"));
}

TEST_F(ServerTest, StreamsOverTls) {
  const TestCertificate certificate;
  options_.tls = {certificate.certificate(), certificate.private_key()};
  router_.AddStream("POST", "/bulk", Count);
  Start();
  TestClient client(port(), TestClient::Security::kTls);
  EXPECT_EQ(client.Ask(Post("/bulk", std::string(kLarge, 'x'))).body, std::to_string(kLarge));
}

}  // namespace
}  // namespace rawhaul::http
