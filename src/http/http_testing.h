// A client for tests that sends exactly what it is told to, over real sockets.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/base_testing.h"

namespace rawhaul::http {

struct TestResponse {
  int status = 0;
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
  std::string body;

  std::string header(std::string_view name) const;
};

// Blocks, for 20 s at most; throws std::runtime_error when the server does not do what was waited for.
class TestClient {
 public:
  enum class Security { kPlain, kTls };  // kTls trusts any certificate

  explicit TestClient(uint16_t port, Security security = Security::kPlain);
  ~TestClient();
  TestClient(const TestClient&) = delete;
  TestClient& operator=(const TestClient&) = delete;

  void Send(std::string_view bytes);
  // Like Send, and false where the server no longer takes it.
  bool TrySend(std::string_view bytes);
  // Whether anything of an answer has come, or comes within `patience`.
  bool HasAnswer(std::chrono::milliseconds patience = {}) const;
  // One response; REQUIRES that it has a Content-Length, unless it answers HEAD.
  TestResponse Read();
  TestResponse ReadHead();
  // Send and Read.
  TestResponse Ask(std::string_view bytes);
  // Whether the server has closed the connection, or does, without sending anything more.
  bool WaitForClose();

 private:
  struct Tls;
  size_t Receive(char* to, size_t size);
  std::string ReadUntil(std::string_view mark);

  int fd_ = -1;
  std::unique_ptr<Tls> tls_;
  std::string received_;  // and not yet read
};

// A self-signed certificate for localhost with its key, in a directory of its own that goes with it.
class TestCertificate {
 public:
  TestCertificate();

  std::filesystem::path certificate() const { return directory_.path() / "cert.pem"; }
  std::filesystem::path private_key() const { return directory_.path() / "key.pem"; }

 private:
  TempDirectory directory_;
};

}  // namespace rawhaul::http
