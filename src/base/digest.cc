#include "base/digest.h"

#include <openssl/evp.h>

#include <stdexcept>

#include "base/encoding.h"

namespace rawhaul {
namespace {

void Check(int ok) {
  if (ok != 1) throw std::runtime_error("OpenSSL refuses to compute a digest");
}

std::string Digest(const EVP_MD* algorithm, std::string_view data) {
  std::string out(static_cast<size_t>(EVP_MD_get_size(algorithm)), '\0');
  Check(EVP_Digest(data.data(), data.size(), reinterpret_cast<unsigned char*>(out.data()), nullptr, algorithm,
                   nullptr));
  return out;
}

}  // namespace

std::string Sha1(std::string_view data) { return Digest(EVP_sha1(), data); }
std::string Md5(std::string_view data) { return Digest(EVP_md5(), data); }
std::string Sha256(std::string_view data) { return Digest(EVP_sha256(), data); }

struct Sha256Stream::Context {
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> evp{EVP_MD_CTX_new(), EVP_MD_CTX_free};
};

Sha256Stream::Sha256Stream() : context_(std::make_unique<Context>()) {
  Check(EVP_DigestInit_ex(context_->evp.get(), EVP_sha256(), nullptr));
}
Sha256Stream::~Sha256Stream() = default;
Sha256Stream::Sha256Stream(Sha256Stream&&) noexcept = default;
Sha256Stream& Sha256Stream::operator=(Sha256Stream&&) noexcept = default;

void Sha256Stream::Update(std::string_view data) {
  Check(EVP_DigestUpdate(context_->evp.get(), data.data(), data.size()));
}

std::string Sha256Stream::FinishHex() {
  std::string out(32, '\0');
  Check(EVP_DigestFinal_ex(context_->evp.get(), reinterpret_cast<unsigned char*>(out.data()), nullptr));
  return HexEncode(out);
}

}  // namespace rawhaul
