#include "base/secret.h"

#include <sodium.h>

#include "base/encoding.h"

namespace rawhaul {
namespace {

const unsigned char* Bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* Bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

}  // namespace

Secret::~Secret() { sodium_memzero(value_.data(), value_.size()); }

bool EqualsConstantTime(std::string_view a, std::string_view b) {
  return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string RandomToken(size_t bytes) {
  std::string random(bytes, '\0');
  randombytes_buf(random.data(), random.size());
  return Base64UrlEncode(random);
}

std::string SecretBox::Seal(const Secret& plain) const {
  std::string nonce(crypto_secretbox_NONCEBYTES, '\0');
  randombytes_buf(nonce.data(), nonce.size());
  std::string cipher(plain.Reveal().size() + crypto_secretbox_MACBYTES, '\0');
  crypto_secretbox_easy(Bytes(cipher), Bytes(plain.Reveal()), plain.Reveal().size(), Bytes(nonce),
                        Bytes(key_.Reveal()));
  return nonce + cipher;
}

Secret SecretBox::Open(std::string_view sealed) const {
  if (sealed.size() < crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES) return {};
  const std::string_view cipher = sealed.substr(crypto_secretbox_NONCEBYTES);
  std::string plain(cipher.size() - crypto_secretbox_MACBYTES, '\0');
  if (crypto_secretbox_open_easy(Bytes(plain), Bytes(cipher), cipher.size(), Bytes(sealed),
                                 Bytes(key_.Reveal())) != 0) {
    return {};
  }
  return Secret(std::move(plain));
}

}  // namespace rawhaul
