#include "net/http_server_testing.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <stdexcept>

#include "base/encoding.h"

namespace rawhaul::net {
namespace {

bool ReadMore(ServerStream& stream, std::string& buffer) {
  char data[65536];
  const long size = stream.Read(data, sizeof data);
  if (size <= 0) return false;
  buffer.append(data, static_cast<size_t>(size));
  return true;
}

bool WriteAll(ServerStream& stream, std::string_view text) {
  while (!text.empty()) {
    const long size = stream.Write(text.data(), text.size());
    if (size <= 0) return false;
    text.remove_prefix(static_cast<size_t>(size));
  }
  return true;
}

std::string_view TakeLine(std::string_view& text) {
  const size_t end = text.find("\r\n");
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 2);
  return line;
}

ServerRequest ParseHead(std::string_view head) {
  ServerRequest request;
  const std::string_view first = TakeLine(head);
  const size_t space = first.find(' ');
  request.method = first.substr(0, space);
  request.target = first.substr(space + 1, first.rfind(' ') - space - 1);
  while (!head.empty()) {
    const std::string_view line = TakeLine(head);
    const size_t colon = line.find(':');
    const size_t value = std::min(line.find_first_not_of(' ', colon + 1), line.size());
    request.headers.emplace_back(ToLower(line.substr(0, colon)), line.substr(value));
  }
  return request;
}

// False when the client has gone.
bool ReadRequest(ServerStream& stream, std::string& buffer, ServerRequest& request) {
  size_t head_size = 0;
  while ((head_size = buffer.find("\r\n\r\n")) == std::string::npos) {
    if (!ReadMore(stream, buffer)) return false;
  }
  request = ParseHead(std::string_view(buffer).substr(0, head_size));
  buffer.erase(0, head_size + 4);
  const std::string length(request.header("content-length"));
  const size_t body_size = length.empty() ? 0 : std::stoul(length);
  while (buffer.size() < body_size) {
    if (!ReadMore(stream, buffer)) return false;
  }
  request.body = buffer.substr(0, body_size);
  buffer.erase(0, body_size);
  return true;
}

std::string Head(const ServerAnswer& answer) {
  std::string head =
      fmt::format("HTTP/1.1 {} Status\r\nContent-Length: {}\r\n", answer.status, answer.body.size());
  for (const auto& [name, value] : answer.headers) head += fmt::format("{}: {}\r\n", name, value);
  return head + "\r\n";
}

void ResetOnClose(int socket) {
  const linger now{.l_onoff = 1, .l_linger = 0};
  setsockopt(socket, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

// False when the connection is to be closed.
bool WriteAnswer(ServerStream& stream, int socket, const ServerRequest& request, const ServerAnswer& answer) {
  switch (answer.fault) {
    case ServerAnswer::Fault::kReset:
      ResetOnClose(socket);
      return false;
    case ServerAnswer::Fault::kStall: {
      std::string ignored;
      while (ReadMore(stream, ignored)) ignored.clear();
      return false;
    }
    case ServerAnswer::Fault::kTruncate:
      WriteAll(stream, Head(answer) + answer.body.substr(0, answer.body.size() / 2));
      return false;
    case ServerAnswer::Fault::kClose:
    case ServerAnswer::Fault::kNone:
      break;
  }
  const bool written = WriteAll(stream, request.method == "HEAD" ? Head(answer) : Head(answer) + answer.body);
  return written && answer.fault == ServerAnswer::Fault::kNone;
}

}  // namespace

std::string_view ServerRequest::header(std::string_view name) const {
  const auto found =
      std::find_if(headers.begin(), headers.end(), [&](const auto& h) { return h.first == name; });
  return found == headers.end() ? std::string_view() : std::string_view(found->second);
}

bool ServerRequest::has_header(std::string_view name) const {
  return std::any_of(headers.begin(), headers.end(), [&](const auto& h) { return h.first == name; });
}

ListeningSocket::ListeningSocket(int backlog) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  socklen_t size = sizeof address;
  if (bind(socket_, generic, size) != 0 || listen(socket_, backlog) != 0 ||
      getsockname(socket_, generic, &size) != 0) {
    throw std::runtime_error("cannot listen on the loopback interface");
  }
  port_ = ntohs(address.sin_port);
}

ListeningSocket::~ListeningSocket() { close(socket_); }

std::string ListeningSocket::origin() const { return fmt::format("http://127.0.0.1:{}", port_); }

HttpTestServer::HttpTestServer(Handler handler, std::optional<TlsIdentity> tls)
    : handler_(std::move(handler)), tls_(std::move(tls)), acceptor_([this] { AcceptConnections(); }) {}

HttpTestServer::~HttpTestServer() {
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
    for (const Connection& connection : connections_) shutdown(connection.socket, SHUT_RDWR);
  }
  shutdown(listener_.socket(), SHUT_RDWR);
  acceptor_.join();
  for (Connection& connection : connections_) connection.thread.join();
}

std::string HttpTestServer::origin() const {
  return fmt::format("{}://127.0.0.1:{}", tls_ ? "https" : "http", listener_.port());
}

std::vector<ServerRequest> HttpTestServer::requests() const {
  const MutexLock lock(mutex_);
  return requests_;
}

void HttpTestServer::WaitForRequests(size_t count) const {
  MutexLock lock(mutex_);
  while (requests_.size() < count) changed_.wait(lock);
}

void HttpTestServer::WaitForClosedConnections(long count) const {
  MutexLock lock(mutex_);
  const auto closed = [](const Connection& connection) { return connection.socket < 0; };
  while (std::count_if(connections_.begin(), connections_.end(), closed) < count) changed_.wait(lock);
}

void HttpTestServer::AcceptConnections() {
  for (int number = 1;; ++number) {
    const int socket = accept4(listener_.socket(), nullptr, nullptr, SOCK_CLOEXEC);
    if (socket < 0) return;
    const MutexLock lock(mutex_);
    if (stopping_) {
      close(socket);
      return;
    }
    Connection& connection = connections_.emplace_back();
    connection.socket = socket;
    connection.thread = std::thread([this, &connection, number] { Serve(connection, number); });
  }
}

void HttpTestServer::Serve(Connection& connection, int number) {
  const int socket = connection.socket;
  {
    const auto stream = tls_ ? MakeTlsStream(socket, *tls_) : MakePlainStream(socket);
    std::string buffer;
    while (stream != nullptr && AnswerOne(*stream, socket, number, buffer)) {
    }
  }
  const MutexLock lock(mutex_);
  close(socket);
  connection.socket = -1;
  changed_.notify_all();
}

bool HttpTestServer::AnswerOne(ServerStream& stream, int socket, int number, std::string& buffer) {
  ServerRequest request;
  if (!ReadRequest(stream, buffer, request)) return false;
  request.connection = number;
  ServerAnswer answer;
  {
    const MutexLock lock(handler_mutex_);
    answer = handler_(request);
  }
  {
    const MutexLock lock(mutex_);
    requests_.push_back(request);
    changed_.notify_all();
  }
  return WriteAnswer(stream, socket, request, answer);
}

HttpTestServer::Handler InOrder(std::vector<ServerAnswer> answers) {
  return [answers = std::move(answers), next = size_t{0}](const ServerRequest&) mutable {
    return answers[std::min(next++, answers.size() - 1)];
  };
}

}  // namespace rawhaul::net
