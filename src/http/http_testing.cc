#include "http/http_testing.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <stdexcept>

#include "base/encoding.h"

namespace rawhaul::http {
namespace {

constexpr timeval kPatience{20, 0};

template <auto kFree>
struct Freer {
  template <typename T>
  void operator()(T* pointer) const {
    kFree(pointer);
  }
};
template <typename T, auto kFree>
using Owned = std::unique_ptr<T, Freer<kFree>>;

void Check(bool ok, const char* what) {
  if (!ok) throw std::runtime_error(std::string("test client: ") + what);
}

int Connect(uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  Check(fd >= 0, "no socket");
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof(kPatience));
  ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &kPatience, sizeof(kPatience));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    ::close(fd);
    Check(false, "cannot connect");
  }
  return fd;
}

void ParseHeaders(std::string_view lines, TestResponse& response) {
  while (!lines.empty()) {
    const std::string_view line = lines.substr(0, lines.find("\r\n"));
    lines.remove_prefix(line.size() + 2);
    const size_t colon = line.find(": ");
    Check(colon != std::string_view::npos, "a header line without a colon");
    response.headers.emplace_back(ToLower(line.substr(0, colon)), line.substr(colon + 2));
  }
}

using Key = Owned<EVP_PKEY, EVP_PKEY_free>;
using Certificate = Owned<X509, X509_free>;

Certificate MakeCertificate(EVP_PKEY* key) {
  Certificate certificate(X509_new());
  X509_set_version(certificate.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 24 * 3600);
  X509_NAME* const name = X509_get_subject_name(certificate.get());
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("localhost"),
                             -1, -1, 0);
  X509_set_issuer_name(certificate.get(), name);
  X509_set_pubkey(certificate.get(), key);
  Check(X509_sign(certificate.get(), key, EVP_sha256()) > 0, "cannot sign a certificate");
  return certificate;
}

}  // namespace

std::string TestResponse::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return {};
}

struct TestClient::Tls {
  Owned<SSL_CTX, SSL_CTX_free> context{SSL_CTX_new(TLS_client_method())};
  Owned<SSL, SSL_free> session{SSL_new(context.get())};
};

TestClient::TestClient(uint16_t port, Security security) : fd_(Connect(port)) {
  if (security == Security::kPlain) return;
  tls_ = std::make_unique<Tls>();
  SSL_set_fd(tls_->session.get(), fd_);
  if (SSL_connect(tls_->session.get()) != 1) {
    ::close(fd_);
    Check(false, "the TLS handshake failed");
  }
}

TestClient::~TestClient() { ::close(fd_); }

bool TestClient::TrySend(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = tls_ ? SSL_write(tls_->session.get(), bytes.data(), static_cast<int>(bytes.size()))
                              : ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return true;
}

void TestClient::Send(std::string_view bytes) { Check(TrySend(bytes), "the server takes no more"); }

bool TestClient::HasAnswer(std::chrono::milliseconds patience) const {
  pollfd readable{.fd = fd_, .events = POLLIN, .revents = 0};
  return !received_.empty() || ::poll(&readable, 1, static_cast<int>(patience.count())) > 0;
}

size_t TestClient::Receive(char* to, size_t size) {
  const ssize_t received =
      tls_ ? SSL_read(tls_->session.get(), to, static_cast<int>(size)) : ::recv(fd_, to, size, 0);
  Check(received >= 0 || errno != EAGAIN, "waited too long");
  return received > 0 ? static_cast<size_t>(received) : 0;
}

std::string TestClient::ReadUntil(std::string_view mark) {
  for (;;) {
    const size_t at = received_.find(mark);
    if (at != std::string::npos) {
      std::string text = received_.substr(0, at + mark.size());
      received_.erase(0, text.size());
      return text;
    }
    char piece[4096];
    const size_t size = Receive(piece, sizeof(piece));
    Check(size > 0, "the server closed the connection");
    received_.append(piece, size);
  }
}

TestResponse TestClient::ReadHead() {
  std::string head = ReadUntil("\r\n\r\n");
  Check(head.starts_with("HTTP/1.1 "), "no status line");
  TestResponse response;
  response.status = std::atoi(head.c_str() + 9);
  const size_t line_end = head.find("\r\n") + 2;
  ParseHeaders(std::string_view(head).substr(line_end, head.size() - line_end - 2), response);
  return response;
}

TestResponse TestClient::Read() {
  TestResponse response = ReadHead();
  const auto length = static_cast<size_t>(std::atoll(response.header("content-length").c_str()));
  while (received_.size() < length) {
    char piece[65536];
    const size_t size = Receive(piece, sizeof(piece));
    Check(size > 0, "the server closed the connection within a body");
    received_.append(piece, size);
  }
  response.body = received_.substr(0, length);
  received_.erase(0, length);
  return response;
}

TestResponse TestClient::Ask(std::string_view bytes) {
  Send(bytes);
  return Read();
}

bool TestClient::WaitForClose() {
  char more = 0;
  return received_.empty() && Receive(&more, 1) == 0;
}

TestCertificate::TestCertificate() {
  const Key key(EVP_EC_gen("P-256"));
  const Certificate made = MakeCertificate(key.get());
  const Owned<FILE, std::fclose> certificate_file(std::fopen(certificate().c_str(), "w"));
  const Owned<FILE, std::fclose> key_file(std::fopen(private_key().c_str(), "w"));
  Check(PEM_write_X509(certificate_file.get(), made.get()) == 1, "cannot write a certificate");
  Check(PEM_write_PrivateKey(key_file.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1,
        "cannot write a key");
}

}  // namespace rawhaul::http
