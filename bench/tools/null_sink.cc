// An HTTP server that takes Put Block, Put Block List and all other requests with a body, and throws the
// bodies away:
//   null_sink                    prints "listening on http://127.0.0.1:PORT"
// The kernel drops the bodies (MSG_TRUNC), so it costs the machine as little as a receiver can, and what is
// measured is the sender. It checks no more than that each request is complete.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <charconv>
#include <chrono>
#include <cstdio>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>

#include "base/encoding.h"

namespace {

using std::string_view;

constexpr string_view kCreated = "HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n";
constexpr string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
constexpr string_view kEndOfHead = "\r\n\r\n";
constexpr int kRoomForData = 2 << 20;
constexpr std::chrono::microseconds kRest{1000};

void Check(bool ok, const char* what) {
  if (!ok) throw std::system_error(errno, std::generic_category(), what);
}

// The value of a header field, empty when it is not there.
string_view FieldOf(string_view head, string_view name) {
  while (!head.empty()) {
    const string_view line = head.substr(0, head.find("\r\n"));
    head.remove_prefix(std::min(head.size(), line.size() + 2));
    if (line.size() > name.size() && line[name.size()] == ':' &&
        rawhaul::EqualsIgnoreCase(line.substr(0, name.size()), name)) {
      const string_view value = line.substr(name.size() + 1);
      return value.substr(std::min(value.find_first_not_of(' '), value.size()));
    }
  }
  return {};
}

class Connection {
 public:
  explicit Connection(int socket) : socket_(socket) {}
  ~Connection() { close(socket_); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void Serve() {
    while (ReadHead()) {
      const string_view head = string_view(received_).substr(0, received_.find(kEndOfHead));
      if (!FieldOf(head, "expect").empty()) Send(kContinue);
      const string_view length = FieldOf(head, "content-length");
      size_t body = 0;
      std::from_chars(length.data(), length.data() + length.size(), body);
      const size_t here = std::min(body, received_.size() - head.size() - kEndOfHead.size());
      received_.erase(0, head.size() + kEndOfHead.size() + here);
      if (!Discard(body - here)) return;
      Send(kCreated);
    }
  }

 private:
  bool ReadHead() {
    while (received_.find(kEndOfHead) == std::string::npos) {
      char part[4096];
      const ssize_t size = recv(socket_, part, sizeof(part), 0);
      if (size <= 0) return false;
      received_.append(part, static_cast<size_t>(size));
    }
    return true;
  }

  // Rests between reads while much is to come: a thread that is woken for every packet would cost more than
  // all else.
  bool Discard(size_t bytes) {
    while (bytes > 0) {
      if (bytes > kRoomForData) std::this_thread::sleep_for(kRest);
      const ssize_t size = recv(socket_, nullptr, bytes, MSG_TRUNC);
      if (size <= 0) return false;
      bytes -= static_cast<size_t>(size);
    }
    return true;
  }

  void Send(string_view text) {
    Check(send(socket_, text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size()), "send");
  }

  const int socket_;
  std::string received_;  // not read yet
};

int Listen() {
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  Check(listener >= 0, "socket");
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  Check(bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0, "bind");
  Check(setsockopt(listener, SOL_SOCKET, SO_RCVBUF, &kRoomForData, sizeof(kRoomForData)) == 0, "SO_RCVBUF");
  Check(listen(listener, 64) == 0, "listen");
  socklen_t size = sizeof(address);
  Check(getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) == 0, "getsockname");
  std::printf("listening on http://127.0.0.1:%d\n", ntohs(address.sin_port));
  std::fflush(stdout);
  return listener;
}

}  // namespace

int main() {
  const int listener = Listen();
  for (;;) {
    const int socket = accept(listener, nullptr, nullptr);
    Check(socket >= 0, "accept");
    const int yes = 1;
    setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
    std::thread([socket] {
      try {
        Connection(socket).Serve();
      } catch (const std::system_error& error) {
        std::fprintf(stderr, "null_sink: %s\n", error.what());
      }
    }).detach();
  }
}
