#include "load_connection.h"

#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <charconv>
#include <system_error>

namespace rawhaul::bench {
namespace {

constexpr std::string_view kEndOfHead = "\r\n\r\n";

// The number behind `label`, 0 when there is none.
size_t NumberBehind(std::string_view text, std::string_view label) {
  size_t number = 0;
  const size_t at = text.find(label);
  if (at == std::string_view::npos) return number;
  const char* const digits = text.data() + at + label.size();
  std::from_chars(digits, text.data() + text.size(), number);
  return number;
}

iovec Piece(std::string_view text) { return {const_cast<char*>(text.data()), text.size()}; }

}  // namespace

Connection::Connection(const sockaddr_in& server) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
  const int yes = 1;
  setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
  if (connect(socket_, reinterpret_cast<const sockaddr*>(&server), sizeof(server)) == 0) return;
  const int error = errno;
  close(socket_);
  throw std::system_error(error, std::generic_category(), "connect");
}

Connection::~Connection() { close(socket_); }

bool Connection::Send(std::string_view head, std::string_view body) {
  received_.clear();
  const std::string length = std::to_string(body.size()) + std::string(kEndOfHead);
  iovec pieces[] = {Piece(head), Piece(length), Piece(body)};
  msghdr message{};
  message.msg_iov = pieces;
  message.msg_iovlen = std::size(pieces);
  // The socket is a blocking one: all of it is sent, or the connection is broken.
  const ssize_t sent = sendmsg(socket_, &message, MSG_NOSIGNAL);
  return sent == static_cast<ssize_t>(head.size() + length.size() + body.size());
}

Connection::Progress Connection::Receive() {
  char part[4096];
  const ssize_t size = recv(socket_, part, sizeof(part), MSG_DONTWAIT);
  if (size < 0 && (errno == EAGAIN || errno == EINTR)) return Progress::kMore;
  if (size <= 0) return Progress::kBroken;
  received_.append(part, static_cast<size_t>(size));
  return IsComplete() ? Progress::kAnswered : Progress::kMore;
}

bool Connection::IsComplete() const {
  const size_t head = received_.find(kEndOfHead);
  if (head == std::string::npos) return false;
  const size_t body = NumberBehind(std::string_view(received_).substr(0, head), "\r\nContent-Length: ");
  return received_.size() >= head + kEndOfHead.size() + body;
}

Answer Connection::answer() const {
  const bool ok = received_.starts_with("HTTP/1.1 200 ");
  return {ok, ok ? NumberBehind(received_, R"("accepted":)") : 0, received_};
}

}  // namespace rawhaul::bench
