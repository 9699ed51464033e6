#include "app/checkpoints.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <thread>

#include "app/server_clock.h"
#include "base/files.h"
#include "base/guarded.h"
#include "base/logging.h"
#include "base/time.h"

namespace rawhaul {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMade = "made";  // the answer when it worked; any other one is an error

void RemoveTree(const fs::path& directory) {
  std::error_code error;
  fs::remove_all(directory, error);
  if (error) log::Warn("cannot remove {}: {}", directory.string(), error.message());
}

Status MakeCheckpoint(const DataDirectory& data, EmbeddedStores& stores) {
  RemoveTree(data.checkpoint());
  return stores.Checkpoint(data.checkpoint());
}

// The address of the socket, by way of its directory: a socket's own path may have 107 characters only.
class SocketAddress {
 public:
  explicit SocketAddress(const fs::path& socket)
      : directory_(::open(socket.parent_path().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)) {
    address_.sun_family = AF_UNIX;
    const std::string path = fmt::format("/proc/self/fd/{}/{}", directory_.get(), socket.filename().string());
    path.copy(address_.sun_path, sizeof(address_.sun_path) - 1);
  }

  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&address_); }
  static socklen_t size() { return sizeof(sockaddr_un); }

 private:
  const FileDescriptor directory_;
  sockaddr_un address_{};
};

FileDescriptor MakeSocket() { return FileDescriptor(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)); }

// All that comes until the other side has nothing more to say.
std::string ReadAll(int fd) {
  std::string text;
  char part[1024];
  for (;;) {
    const ssize_t size = ::read(fd, part, sizeof(part));
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return text;
    text.append(part, static_cast<size_t>(size));
  }
}

// The answer is short enough for the socket's buffer.
void Answer(int fd, std::string_view text) {
  if (::send(fd, text.data(), text.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(text.size()))
    log::Warn("a backup went away before its checkpoint was made");
  ::shutdown(fd, SHUT_WR);
}

class SocketServer final : public CheckpointServer {
 public:
  SocketServer(DataDirectory data, EmbeddedStores& stores, FileDescriptor listener)
      : data_(std::move(data)),
        stores_(stores),
        listener_(std::move(listener)),
        stop_(::eventfd(0, EFD_CLOEXEC)),
        thread_([this] { Run(); }) {}

  ~SocketServer() override {
    ::eventfd_write(stop_.get(), 1);
    thread_.join();
    ::unlink(data_.checkpoint_socket().c_str());
  }

 private:
  // False when the server stops.
  bool WaitFor(int fd) const {
    pollfd polled[] = {{fd, POLLIN, 0}, {stop_.get(), POLLIN, 0}};
    while (::poll(polled, 2, -1) < 0 && errno == EINTR) {
    }
    return polled[1].revents == 0;
  }

  void Run() {
    while (WaitFor(listener_.get())) {
      const FileDescriptor connection(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      if (connection.is_open()) RunGuarded("making a checkpoint", [&] { Serve(connection.get()); });
    }
  }

  // The checkpoint lives as long as the connection: one that breaks is the end of the backup. A server that
  // stops leaves it to the backup; the next start takes it away.
  void Serve(int connection) {
    const Status made = MakeCheckpoint(data_, stores_);
    log::Info("a checkpoint for a backup: {}", made ? kMade : made.error().message);
    Answer(connection, made ? kMade : made.error().message);
    if (WaitFor(connection)) RemoveTree(data_.checkpoint());
  }

  const DataDirectory data_;
  EmbeddedStores& stores_;
  const FileDescriptor listener_;
  const FileDescriptor stop_;
  std::thread thread_;
};

// Made by a server, and gone when the connection is.
class ServedCheckpoint final : public StoreCheckpoint {
 public:
  ServedCheckpoint(fs::path directory, FileDescriptor connection)
      : directory_(std::move(directory)), connection_(std::move(connection)) {}
  const fs::path& directory() const override { return directory_; }

 private:
  const fs::path directory_;
  const FileDescriptor connection_;
};

class OwnCheckpoint final : public StoreCheckpoint {
 public:
  OwnCheckpoint(fs::path directory, std::unique_ptr<Clock> clock, std::unique_ptr<EmbeddedStores> stores)
      : directory_(std::move(directory)), clock_(std::move(clock)), stores_(std::move(stores)) {}
  ~OwnCheckpoint() override { RemoveTree(directory_); }
  OwnCheckpoint(const OwnCheckpoint&) = delete;
  OwnCheckpoint& operator=(const OwnCheckpoint&) = delete;
  const fs::path& directory() const override { return directory_; }

 private:
  const fs::path directory_;
  const std::unique_ptr<Clock> clock_;
  const std::unique_ptr<EmbeddedStores> stores_;
};

Result<std::unique_ptr<StoreCheckpoint>> TakeOwnCheckpoint(const DataDirectory& data) {
  auto clock = std::make_unique<ServerClock>(data);
  RAWHAUL_ASSIGN(auto stores, OpenEmbeddedStores(data.store(), {}, *clock));
  RAWHAUL_TRY(MakeCheckpoint(data, *stores));
  return std::make_unique<OwnCheckpoint>(data.checkpoint(), std::move(clock), std::move(stores));
}

}  // namespace

Result<std::unique_ptr<StoreCheckpoint>> TakeCheckpoint(const DataDirectory& data) {
  FileDescriptor connection = MakeSocket();
  const SocketAddress address(data.checkpoint_socket());
  if (::connect(connection.get(), address.get(), SocketAddress::size()) != 0) {
    if (errno == ENOENT || errno == ECONNREFUSED) return TakeOwnCheckpoint(data);
    return SystemError("cannot ask the server at", data.checkpoint_socket());
  }
  const std::string answer = ReadAll(connection.get());
  if (answer == kMade) return std::make_unique<ServedCheckpoint>(data.checkpoint(), std::move(connection));
  return Fail(ErrorCode::kUnavailable, answer.empty() ? "the server stopped before it had made a checkpoint"
                                                      : fmt::format("the server says: {}", answer));
}

Result<std::unique_ptr<CheckpointServer>> CheckpointServer::Start(const DataDirectory& data,
                                                                  EmbeddedStores& stores) {
  const fs::path socket = data.checkpoint_socket();
  RemoveTree(data.checkpoint());
  ::unlink(socket.c_str());
  FileDescriptor listener = MakeSocket();
  const SocketAddress address(socket);
  // The mode that the socket's file gets.
  ::fchmod(listener.get(), 0600);
  if (::bind(listener.get(), address.get(), SocketAddress::size()) != 0 || ::listen(listener.get(), 8) != 0) {
    return SystemError("cannot listen at", socket);
  }
  return std::make_unique<SocketServer>(data, stores, std::move(listener));
}

}  // namespace rawhaul
