#include "net/tls_testing.h"

#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <signal.h>
#include <sys/socket.h>

#include <stdexcept>

namespace rawhaul::net {
namespace {

template <auto Free>
struct Deleter {
  template <typename T>
  void operator()(T* object) const {
    Free(object);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Deleter<X509_free>>;
using Bio = std::unique_ptr<BIO, Deleter<BIO_free_all>>;

void Check(bool ok) {
  if (!ok) throw std::runtime_error("OpenSSL fails to set up a test server");
}

Bio MemoryBio(const std::string& text = "") {
  Bio bio(BIO_new(BIO_s_mem()));
  Check(bio != nullptr &&
        (text.empty() || BIO_write(bio.get(), text.data(), static_cast<int>(text.size())) > 0));
  return bio;
}

std::string Contents(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return std::string(data, static_cast<size_t>(size));
}

void AddAlternativeName(X509* certificate, const char* name) {
  const std::unique_ptr<X509_EXTENSION, Deleter<X509_EXTENSION_free>> extension(
      X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, name));
  Check(extension != nullptr && X509_add_ext(certificate, extension.get(), -1) == 1);
}

Certificate SelfSigned(EVP_PKEY* key) {
  Certificate certificate(X509_new());
  X509* x = certificate.get();
  X509_set_version(x, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
  X509_gmtime_adj(X509_getm_notBefore(x), -3600);
  X509_gmtime_adj(X509_getm_notAfter(x), 3600);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>("test server"), -1, -1, 0);
  X509_set_issuer_name(x, X509_get_subject_name(x));
  X509_set_pubkey(x, key);
  AddAlternativeName(x, "IP:127.0.0.1");
  Check(X509_sign(x, key, EVP_sha256()) > 0);
  return certificate;
}

class PlainStream final : public ServerStream {
 public:
  explicit PlainStream(int socket) : socket_(socket) {}
  long Read(char* data, size_t size) override { return recv(socket_, data, size, 0); }
  long Write(const char* data, size_t size) override { return send(socket_, data, size, MSG_NOSIGNAL); }

 private:
  const int socket_;
};

class TlsStream final : public ServerStream {
 public:
  TlsStream(int socket, const TlsIdentity& identity) : context_(SSL_CTX_new(TLS_server_method())) {
    const Certificate certificate(
        PEM_read_bio_X509(MemoryBio(identity.certificate).get(), nullptr, nullptr, nullptr));
    const Key key(PEM_read_bio_PrivateKey(MemoryBio(identity.private_key).get(), nullptr, nullptr, nullptr));
    Check(SSL_CTX_use_certificate(context_.get(), certificate.get()) == 1);
    Check(SSL_CTX_use_PrivateKey(context_.get(), key.get()) == 1);
    ssl_.reset(SSL_new(context_.get()));
    Check(SSL_set_fd(ssl_.get(), socket) == 1);
  }
  bool Accept() { return SSL_accept(ssl_.get()) == 1; }
  long Read(char* data, size_t size) override { return SSL_read(ssl_.get(), data, static_cast<int>(size)); }
  long Write(const char* data, size_t size) override {
    return SSL_write(ssl_.get(), data, static_cast<int>(size));
  }

 private:
  std::unique_ptr<SSL_CTX, Deleter<SSL_CTX_free>> context_;
  std::unique_ptr<SSL, Deleter<SSL_free>> ssl_;
};

}  // namespace

TlsIdentity MakeTlsIdentity() {
  const Key key(EVP_EC_gen("P-256"));
  Check(key != nullptr);
  const Certificate certificate = SelfSigned(key.get());
  const Bio certificate_pem = MemoryBio();
  const Bio key_pem = MemoryBio();
  Check(PEM_write_bio_X509(certificate_pem.get(), certificate.get()) == 1);
  Check(PEM_write_bio_PrivateKey(key_pem.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1);
  return {.certificate = Contents(certificate_pem.get()), .private_key = Contents(key_pem.get())};
}

std::unique_ptr<ServerStream> MakePlainStream(int socket) { return std::make_unique<PlainStream>(socket); }

std::unique_ptr<ServerStream> MakeTlsStream(int socket, const TlsIdentity& identity) {
  // OpenSSL writes without MSG_NOSIGNAL, and a client may go at any time.
  sigset_t pipe;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
  auto stream = std::make_unique<TlsStream>(socket, identity);
  if (!stream->Accept()) return nullptr;
  return stream;
}

}  // namespace rawhaul::net
