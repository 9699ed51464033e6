// Hashes, as OpenSSL computes them. All functions are safe to call from any thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace rawhaul {

// Raw digest bytes (20, 16, 32).
std::string Sha1(std::string_view data);
std::string Md5(std::string_view data);
std::string Sha256(std::string_view data);

// SHA-256 of data that comes in parts. Not safe for use by two threads at once.
class Sha256Stream {
 public:
  Sha256Stream();
  ~Sha256Stream();
  Sha256Stream(Sha256Stream&&) noexcept;
  Sha256Stream& operator=(Sha256Stream&&) noexcept;

  void Update(std::string_view data);
  // 64 lower-case hex digits; the stream cannot be used afterwards.
  std::string FinishHex();

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

}  // namespace rawhaul
