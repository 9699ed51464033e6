// What is remembered of a secret that proved right, so that its slow hash is paid once.
#pragma once

#include <string>
#include <string_view>

namespace rawhaul {

// Thread-safe. Fingerprints are keyed hashes of 32 bytes, of use to one Fingerprinter alone: the secrets
// themselves are not kept in memory, and nobody outside can aim at a bucket of a hash table.
class Fingerprinter {
 public:
  Fingerprinter();
  std::string Of(std::string_view secret) const;

 private:
  std::string key_;
};

}  // namespace rawhaul
