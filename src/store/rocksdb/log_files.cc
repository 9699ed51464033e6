#include "store/rocksdb/log_files.h"

#include <fcntl.h>
#include <rocksdb/file_checksum.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <fstream>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/files.h"
#include "base/logging.h"
#include "store/rocksdb/log_mark.h"

namespace rawhaul {
namespace {

namespace fs = std::filesystem;

// A log consists of blocks, the last one of which may be short. A write is one fragment, or where it does not
// fit into what is left of its block, several: each but the last one ends with its block, each but the first
// one begins with it. Where less than a header is left of a block, the next fragment begins with the next
// one. https://github.com/facebook/rocksdb/wiki/Write-Ahead-Log-File-Format
constexpr size_t kBlock = size_t{32} << 10;
constexpr size_t kHeader = 7;  // checksum (4 bytes), length (2), type (1)

enum class Type : uint8_t { kWhole = 1, kFirst, kMiddle, kLast };

struct Fragment {
  Type type;
  size_t bytes;              // with its header
  std::string_view payload;  // what follows that
};

bool BeginsWrite(Type type) { return type == Type::kWhole || type == Type::kFirst; }
bool EndsWrite(Type type) { return type == Type::kWhole || type == Type::kLast; }

uint8_t ByteAt(std::string_view data, size_t at) { return static_cast<uint8_t>(data[at]); }

uint32_t Crc32c(std::string_view data) {
  static const auto factory = rocksdb::GetFileChecksumGenCrc32cFactory();
  const auto generator = factory->CreateFileChecksumGenerator({});
  generator->Update(data.data(), data.size());
  generator->Finalize();
  const std::string sum = generator->GetChecksum();  // big-endian
  return uint32_t{ByteAt(sum, 0)} << 24 | uint32_t{ByteAt(sum, 1)} << 16 | uint32_t{ByteAt(sum, 2)} << 8 |
         uint32_t{ByteAt(sum, 3)};
}

// Of the type and what follows the header, stored in a form of its own (rocksdb/util/crc32c.h, Mask).
bool HasItsChecksum(std::string_view fragment) {
  const uint32_t crc = Crc32c(fragment.substr(kHeader - 1));
  const uint32_t masked = ((crc >> 15) | (crc << 17)) + 0xa282ead8;
  const uint32_t stored = uint32_t{ByteAt(fragment, 0)} | uint32_t{ByteAt(fragment, 1)} << 8 |
                          uint32_t{ByteAt(fragment, 2)} << 16 | uint32_t{ByteAt(fragment, 3)} << 24;
  return masked == stored;
}

// Whether a fragment of this type can be where it is. A whole write has its head, and sequences have 56 bits:
// the byte 0 of that keeps text that somebody sent from looking like a write.
bool IsPlausible(Type type, size_t place, std::string_view fragment) {
  const bool begins = place == 0;
  const bool ends = place + fragment.size() == kBlock;
  if (type == Type::kFirst) return ends;
  if (type == Type::kMiddle) return begins && ends;
  if (type == Type::kLast) return begins;
  return type == Type::kWhole && fragment.size() >= kHeader + kBatchHead && fragment[kHeader + 7] == '\0';
}

// What `rest` begins with: all of a block from `place` on. nullopt: no fragment, or one that is damaged.
std::optional<Fragment> Parse(size_t place, std::string_view rest) {
  if (rest.size() < kHeader) return std::nullopt;
  const size_t bytes = kHeader + (size_t{ByteAt(rest, 4)} | size_t{ByteAt(rest, 5)} << 8);
  if (bytes > rest.size()) return std::nullopt;
  const auto type = static_cast<Type>(rest[6]);
  const std::string_view fragment = rest.substr(0, bytes);
  if (!IsPlausible(type, place, fragment) || !HasItsChecksum(fragment)) return std::nullopt;
  return Fragment{type, bytes, fragment.substr(kHeader)};
}

// Holds one block of the file.
class Log {
 public:
  static Result<Log> Open(const fs::path& path, TornWrite torn) {
    FileDescriptor file(::open(path.c_str(), (torn == TornWrite::kCut ? O_RDWR : O_RDONLY) | O_CLOEXEC));
    struct stat status {};
    if (!file.is_open() || ::fstat(file.get(), &status) != 0) return SystemError("cannot open", path);
    return Log(path, std::move(file), static_cast<uint64_t>(status.st_size));
  }

  uint64_t size() const { return size_; }

  // What begins there; until the next call.
  Result<std::optional<Fragment>> FragmentAt(uint64_t offset) {
    if (offset >= size_) return std::nullopt;
    const size_t place = offset % kBlock;
    if (block_.empty() || offset - place != block_offset_) RAWHAUL_TRY(Read(offset - place));
    return Parse(place, std::string_view(block_).substr(place));
  }

  Status CutTo(uint64_t size) {
    if (::ftruncate(file_.get(), static_cast<off_t>(size)) != 0) return SystemError("cannot cut", path_);
    if (::fsync(file_.get()) != 0) return SystemError("cannot sync", path_);
    return {};
  }

 private:
  Log(fs::path path, FileDescriptor file, uint64_t size)
      : path_(std::move(path)), file_(std::move(file)), size_(size) {}

  Status Read(uint64_t offset) {
    block_.resize(std::min<uint64_t>(kBlock, size_ - offset));
    block_offset_ = offset;
    for (size_t done = 0; done < block_.size();) {
      const ssize_t size =
          ::pread(file_.get(), block_.data() + done, block_.size() - done, static_cast<off_t>(offset + done));
      if (size < 0 && errno == EINTR) continue;
      if (size <= 0) return SystemError("cannot read", path_);
      done += static_cast<size_t>(size);
    }
    return {};
  }

  fs::path path_;
  FileDescriptor file_;
  uint64_t size_;
  std::string block_;
  uint64_t block_offset_ = 0;
};

struct WholeWrites {
  uint64_t end = 0;   // of the last one
  uint64_t stop = 0;  // the file's end or the first bad place: behind what is there of the next one
};

Result<WholeWrites> ReadWholeWrites(Log& log) {
  WholeWrites found;
  bool is_within = false;
  for (;;) {
    const uint64_t left = kBlock - found.stop % kBlock;
    if (left < kHeader) found.stop += left;
    if (found.stop >= log.size()) return found;
    RAWHAUL_ASSIGN(const auto fragment, log.FragmentAt(found.stop));
    if (!fragment || BeginsWrite(fragment->type) == is_within) return found;
    found.stop += fragment->bytes;
    is_within = !EndsWrite(fragment->type);
    if (!is_within) found.end = found.stop;
  }
}

// Up to `size` bytes of the write that begins at `offset`; fewer where it has not so many, or is not whole.
Result<std::string> BeginningAt(Log& log, uint64_t offset, size_t size) {
  std::string beginning;
  for (bool is_first = true; beginning.size() < size; is_first = false) {
    RAWHAUL_ASSIGN(const auto fragment, log.FragmentAt(offset));
    if (!fragment || BeginsWrite(fragment->type) != is_first) break;
    beginning += fragment->payload.substr(0, size - beginning.size());
    if (EndsWrite(fragment->type)) break;
    offset += fragment->bytes;
  }
  return beginning;
}

// Whether a write begins at `offset`, which is a bad place, or behind it. The length of what is bad says
// nothing, so every byte is looked at, save those of fragments that belong to an earlier write. With a mark
// only what has it counts: ids and names that somebody sent can look like a write.
Result<bool> HasWriteBehind(Log& log, uint64_t offset, const LogMark* mark) {
  while (offset < log.size()) {
    RAWHAUL_ASSIGN(const auto fragment, log.FragmentAt(offset));
    const bool is_of_earlier = fragment && !BeginsWrite(fragment->type);
    const uint64_t next = offset + (is_of_earlier ? fragment->bytes : 1);
    if (fragment && !is_of_earlier) {
      if (mark == nullptr) return true;
      RAWHAUL_ASSIGN(const std::string beginning, BeginningAt(log, offset, mark->bytes()));
      if (mark->IsIn(beginning)) return true;
    }
    offset = next;
  }
  return false;
}

struct LogLook {
  bool has_write = false;   // whole or not
  LogPosition last_before;  // what its first write says
  std::optional<LogDamage> damage;
};

Status CutTornWrite(Log& log, const fs::path& path, uint64_t end) {
  log::Warn(
      "{}: the last {} bytes are a write that was cut short before it was acknowledged; they are dropped",
      path.string(), log.size() - end);
  return log.CutTo(end);
}

// What newer logs tell of older ones.
struct Newer {
  bool has_write = false;
  LogPosition last_before;
};

// Programs before put no marks into their logs: they are asked for where the first write has one, and where
// that is not whole, when an older log has them (`older_has_marks`).
Result<LogLook> ReadLog(uint64_t number, const fs::path& path, const LogMark& mark, bool older_has_marks,
                        const Newer& newer, TornWrite torn) {
  RAWHAUL_ASSIGN(Log log, Log::Open(path, torn));
  RAWHAUL_ASSIGN(const WholeWrites whole, ReadWholeWrites(log));
  RAWHAUL_ASSIGN(const std::string beginning, BeginningAt(log, 0, mark.bytes()));
  const bool is_marked = whole.end > 0 && mark.IsIn(beginning);
  const bool has_marks = is_marked || (whole.end == 0 && older_has_marks);
  LogLook look{whole.end > 0, is_marked ? mark.LastBefore(beginning) : newer.last_before, std::nullopt};
  const bool is_short = number == newer.last_before.log && whole.end < newer.last_before.offset;
  if (whole.end == log.size() && !is_short) return look;
  RAWHAUL_ASSIGN(const bool has_behind,
                 newer.has_write ? true : HasWriteBehind(log, whole.stop, has_marks ? &mark : nullptr));
  look.has_write = look.has_write || has_behind;
  if (!has_behind && torn == TornWrite::kCut) {
    RAWHAUL_TRY(CutTornWrite(log, path, whole.end));
  } else {
    look.damage = LogDamage{number, path, whole.stop, !has_behind};
  }
  return look;
}

// By their numbers, the newest first.
Result<std::map<uint64_t, fs::path, std::greater<>>> ListLogs(const fs::path& directory) try {
  std::map<uint64_t, fs::path, std::greater<>> logs;
  for (const auto& entry : fs::directory_iterator(directory)) {
    const std::string stem = entry.path().stem().string();
    uint64_t number = 0;
    const auto [end, error] = std::from_chars(stem.data(), stem.data() + stem.size(), number);
    const bool is_number = error == std::errc() && end == stem.data() + stem.size();
    if (is_number && entry.path().extension() == ".log") logs[number] = entry.path();
  }
  return logs;
} catch (const fs::filesystem_error& error) {
  return Fail(ErrorCode::kInternal, error.what());
}

// The number of the oldest log whose first write has the mark.
Result<uint64_t> FirstMarkedLog(const std::map<uint64_t, fs::path, std::greater<>>& logs,
                                const LogMark& mark) {
  uint64_t first = std::numeric_limits<uint64_t>::max();
  for (const auto& [number, path] : logs) {
    RAWHAUL_ASSIGN(Log log, Log::Open(path, TornWrite::kLeave));
    RAWHAUL_ASSIGN(const std::string beginning, BeginningAt(log, 0, mark.bytes()));
    if (mark.IsIn(beginning)) first = number;
  }
  return first;
}

// Empty where there is none.
std::string ReadIdentity(const fs::path& directory) {
  std::string identity;
  std::ifstream(directory / "IDENTITY") >> identity;
  return identity;
}

}  // namespace

// A log without a write comes to be while RocksDB recovers from an error, or is opened.
Result<std::vector<LogDamage>> ReadLogs(const fs::path& directory, TornWrite torn) {
  RAWHAUL_ASSIGN(const auto logs, ListLogs(directory));
  const LogMark mark(ReadIdentity(directory));
  RAWHAUL_ASSIGN(const uint64_t first_marked, FirstMarkedLog(logs, mark));
  std::vector<LogDamage> damages;
  Newer newer;
  for (const auto& [number, path] : logs) {
    RAWHAUL_ASSIGN(const LogLook look, ReadLog(number, path, mark, first_marked < number, newer, torn));
    if (look.damage) damages.push_back(*look.damage);
    newer = {newer.has_write || look.has_write, look.last_before};
  }
  return damages;
}

}  // namespace rawhaul
