#include "http/tls.h"

#include <fmt/format.h>
#include <openssl/ssl.h>

#include <string>
#include <utility>

namespace rawhaul::http {
namespace {

namespace ssl = boost::asio::ssl;
using boost::system::error_code;

tl::unexpected<Error> Unusable(const char* what, const std::filesystem::path& file, const error_code& ec) {
  return Fail(ErrorCode::kInvalidArgument,
              fmt::format("cannot use the TLS {} {}: {}", what, file.string(), ec.message()));
}

}  // namespace

Result<std::unique_ptr<ssl::context>> LoadTls(const ServerOptions::Tls& files) {
  error_code ec;
  auto context = std::make_unique<ssl::context>(ssl::context::tls_server);
  SSL_CTX* const native = context->native_handle();
  SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
  SSL_CTX_set_options(native, SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_mode(native, SSL_MODE_RELEASE_BUFFERS);  // idle connections are many
  // Without a callback OpenSSL would ask for an encrypted key's password on the terminal.
  context->set_password_callback([](size_t, ssl::context::password_purpose) { return std::string(); });
  context->use_certificate_chain_file(files.certificate_chain.string(), ec);
  if (ec) return Unusable("certificate chain", files.certificate_chain, ec);
  context->use_private_key_file(files.private_key.string(), ssl::context::pem, ec);
  if (ec) return Unusable("private key", files.private_key, ec);
  return context;
}

}  // namespace rawhaul::http
