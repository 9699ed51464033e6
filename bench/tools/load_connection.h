// One connection of the load generator, one request at a time.
#pragma once

#include <netinet/in.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rawhaul::bench {

struct Answer {
  bool ok = false;        // 200
  uint64_t records = 0;   // accepted
  std::string_view text;  // all of it; good until the connection's next call
};

class Connection {
 public:
  // Connects; throws std::system_error.
  explicit Connection(const sockaddr_in& server);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  int socket() const { return socket_; }
  // `head` is the request's, without the body's length and the empty line, which are added. false when the
  // connection is broken.
  bool Send(std::string_view head, std::string_view body);

  enum class Progress { kMore, kAnswered, kBroken };
  // Takes what has arrived, without waiting.
  Progress Receive();
  // After kAnswered.
  Answer answer() const;

 private:
  bool IsComplete() const;

  const int socket_;
  std::string received_;
};

}  // namespace rawhaul::bench
