// TLS for test servers: a certificate of its own, made anew for each test.
#pragma once

#include <memory>
#include <string>

namespace rawhaul::net {

// A self-signed certificate for 127.0.0.1 with its key, both PEM.
struct TlsIdentity {
  std::string certificate;
  std::string private_key;
};
TlsIdentity MakeTlsIdentity();

// The server's end of one connection, plain or over TLS. The socket stays the caller's.
class ServerStream {
 public:
  virtual ~ServerStream() = default;
  // As read(2) and write(2): 0 or less at the end.
  virtual long Read(char* data, size_t size) = 0;
  virtual long Write(const char* data, size_t size) = 0;
};
std::unique_ptr<ServerStream> MakePlainStream(int socket);
// nullptr when the client does not complete the handshake. Blocks SIGPIPE for the calling thread.
std::unique_ptr<ServerStream> MakeTlsStream(int socket, const TlsIdentity& identity);

}  // namespace rawhaul::net
