// Values that must never reach a log, an error text or an answer by accident.
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace rawhaul {

// A string that no stream and no formatter accepts, and whose memory is wiped when it goes.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}
  ~Secret();
  Secret(const Secret&) = default;
  Secret(Secret&&) = default;
  Secret& operator=(const Secret&) = default;
  Secret& operator=(Secret&&) = default;

  // The one way to the value: search for it to find every place where a secret is used.
  const std::string& Reveal() const { return value_; }
  bool empty() const { return value_.empty(); }

 private:
  std::string value_;
};

// Compares in a time that depends on the lengths alone.
bool EqualsConstantTime(std::string_view a, std::string_view b);

// `bytes` of the operating system's randomness as base64url text.
std::string RandomToken(size_t bytes);

// Encrypts what the server must keep but nobody may read at rest (container URLs): libsodium's secretbox with
// a random nonce in front. Thread-safe.
class SecretBox {
 public:
  // REQUIRES key.Reveal().size() == 32.
  explicit SecretBox(Secret key) : key_(std::move(key)) {}

  std::string Seal(const Secret& plain) const;
  // An empty Secret when `sealed` was not made with this key or was changed.
  Secret Open(std::string_view sealed) const;

 private:
  Secret key_;
};

}  // namespace rawhaul
