#include "identity/fingerprint.h"

#include <sodium.h>

namespace rawhaul {

Fingerprinter::Fingerprinter() : key_(crypto_generichash_KEYBYTES, '\0') {
  randombytes_buf(key_.data(), key_.size());
}

std::string Fingerprinter::Of(std::string_view secret) const {
  std::string hash(crypto_generichash_BYTES, '\0');
  crypto_generichash(reinterpret_cast<unsigned char*>(hash.data()), hash.size(),
                     reinterpret_cast<const unsigned char*>(secret.data()), secret.size(),
                     reinterpret_cast<const unsigned char*>(key_.data()), key_.size());
  return hash;
}

}  // namespace rawhaul
