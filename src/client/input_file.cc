#include "client/input_file.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace rawhaul::client {
namespace {

constexpr int kStopCheckMillis = 200;

// False when `stop` came first.
bool WaitForInput(int file, const std::stop_token& stop) {
  pollfd waiting{.fd = file, .events = POLLIN, .revents = 0};
  while (!stop.stop_requested()) {
    if (::poll(&waiting, 1, kStopCheckMillis) != 0) return true;
  }
  return false;
}

}  // namespace

Result<InputFile> InputFile::Open(const std::string& name) {
  FileDescriptor file(name == "-" ? STDIN_FILENO : ::open(name.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat status {};
  if (!file.is_open() || ::fstat(file.get(), &status) != 0) return SystemError("cannot open", name);
  const bool is_regular = S_ISREG(status.st_mode);
  return InputFile(name, std::move(file),
                   is_regular ? std::optional(static_cast<uint64_t>(status.st_size)) : std::nullopt);
}

Result<size_t> InputFile::Read(char* to, size_t size, const std::stop_token& stop) {
  for (;;) {
    if (!WaitForInput(file_.get(), stop)) return Fail(ErrorCode::kCanceled, "interrupted");
    const ssize_t taken = ::read(file_.get(), to, size);
    if (taken >= 0) return static_cast<size_t>(taken);
    if (errno != EINTR && errno != EAGAIN) return SystemError("cannot read", name_);
  }
}

}  // namespace rawhaul::client
