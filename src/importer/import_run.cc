#include "importer/import_run.h"

#include <fmt/format.h>

#include <map>
#include <utility>
#include <vector>

#include "base/logging.h"
#include "collect/tag_writer.h"
#include "format/gunzip_stream.h"
#include "importer/entries.h"

namespace rawhaul {
namespace {

constexpr std::string_view kGzipStart = "\x1f\x8b";
// Tags that are made durable together.
constexpr size_t kGroupEntries = 512;
constexpr size_t kGroupBytes = size_t{4} << 20;  // of memory
constexpr size_t kListedEntries = 10;
constexpr std::chrono::seconds kPause{1};

// What of the blob was not taken.
class Refusals {
 public:
  void Add(uint64_t number, std::string_view why) {
    if (++count_ <= kListedEntries) listed_.emplace_back(number, why);
  }

  uint64_t count() const { return count_; }

  // `what`: "line" or "device".
  std::optional<std::string> Describe(std::string_view what, uint64_t applied) const {
    if (count_ == 0) return std::nullopt;
    std::string text = fmt::format("{} of {} {}s were not taken", count_, count_ + applied, what);
    for (const auto& [number, why] : listed_) text += fmt::format("; {} {}: {}", what, number, why);
    if (count_ > listed_.size()) text += "; ...";
    return text;
  }

 private:
  uint64_t count_ = 0;
  std::vector<std::pair<uint64_t, std::string>> listed_;
};

// Without what the store says of its files: whoever made the task reads it.
std::string WhyOf(const Error& error) {
  if (error.code != ErrorCode::kDataLoss) return error.message;
  log::Error("importing tags: {}", error.message);
  return "what is stored of it is damaged";
}

bool MayPass(const Error& error) {
  return error.code == ErrorCode::kResourceExhausted || error.code == ErrorCode::kUnavailable;
}

class ImportRun {
 public:
  ImportRun(const ImportEnvironment& environment, const ImportTask& task, std::stop_token stop)
      : environment_(environment),
        task_(task.id),
        stop_(std::move(stop)),
        writer_(task.app, environment.collector, environment.devices, task.created),
        reader_([this](uint64_t number, const Result<TagEntry>& entry) { return Take(number, entry); }) {}

  Result<ImportOutcome> Run(BlobSource& source) {
    RAWHAUL_TRY(ReadAll(source));
    RAWHAUL_TRY(reader_.Finish());
    RAWHAUL_TRY(Apply());
    return ImportOutcome{applied_, refusals_.count(),
                         refusals_.Describe(reader_.reads_lines() ? "line" : "device", applied_)};
  }

 private:
  struct Numbered {
    uint64_t number;
    TagEntry entry;
  };

  Status ReadAll(BlobSource& source) {
    RAWHAUL_ASSIGN(std::string part, source.Read(stop_));
    const bool is_gzip = part.starts_with(kGzipStart);
    GunzipStream gunzip;
    const auto read = [this](std::string_view plain) { return reader_.Feed(plain); };
    while (!part.empty()) {
      RAWHAUL_TRY(is_gzip ? gunzip.Feed(part, read) : read(part));
      RAWHAUL_ASSIGN(part, source.Read(stop_));
    }
    return gunzip.Finish(read);
  }

  Status Take(uint64_t number, const Result<TagEntry>& entry) {
    if (!entry) {
      refusals_.Add(number, entry.error().message);
      return {};
    }
    group_.push_back({number, *entry});
    group_bytes_ += MemoryOf(entry->tags);
    return group_.size() < kGroupEntries && group_bytes_ < kGroupBytes ? Status() : Apply();
  }

  Status Apply() {
    auto refused = TryApply();
    if (!refused && MayPass(refused.error()))
      log::Warn("import task {}: waits and tries again: {}", task_, refused.error().message);
    while (!refused && MayPass(refused.error())) {
      if (!environment_.timer.Sleep(kPause, stop_))
        return Fail(ErrorCode::kCanceled, "stopped while importing tags");
      refused = TryApply();
    }
    if (!refused) return Fail(std::move(refused).error());
    for (const auto& [number, why] : *refused) refusals_.Add(number, why);
    applied_ += group_.size() - refused->size();
    group_.clear();
    group_bytes_ = 0;
    return {};
  }

  // The numbers of the entries that could not be taken, with the reasons.
  Result<std::map<uint64_t, std::string>> TryApply() {
    std::map<uint64_t, std::string> refused;
    Status handed_on;
    for (const Numbered& item : group_) {
      const auto known = writer_.TagDevice(item.entry.device_id, item.entry.tags);
      if (!known) handed_on = Fail(known.error());
      if (!known) break;
      if (!*known) refused.emplace(item.number, "there is no such device");
    }
    RAWHAUL_ASSIGN(const auto refusals, writer_.Wait());
    RAWHAUL_TRY(handed_on);
    for (const auto& [call, error] : refusals) refused.emplace(group_[call].number, WhyOf(error));
    return refused;
  }

  const ImportEnvironment& environment_;
  const uint64_t task_;
  const std::stop_token stop_;
  TagWriter writer_;
  EntryReader reader_;
  std::vector<Numbered> group_;
  size_t group_bytes_ = 0;
  uint64_t applied_ = 0;
  Refusals refusals_;
};

Result<std::unique_ptr<BlobSource>> OpenBlob(const ImportEnvironment& environment, uint64_t task) {
  RAWHAUL_ASSIGN(const std::string sealed, environment.imports.SealedUrl(task));
  const Secret url = environment.box.Open(sealed);
  if (url.empty())
    return Fail(ErrorCode::kDataLoss, "the stored storage URL cannot be decrypted with this server's key");
  return environment.sources.Open(url);
}

}  // namespace

Result<ImportOutcome> RunImport(const ImportEnvironment& environment, const ImportTask& task,
                                std::stop_token stop) {
  RAWHAUL_ASSIGN(const auto source, OpenBlob(environment, task.id));
  return ImportRun(environment, task, std::move(stop)).Run(*source);
}

Status CheckBlob(const ImportEnvironment& environment, uint64_t task, const std::stop_token& stop) {
  RAWHAUL_ASSIGN(const auto source, OpenBlob(environment, task));
  return source->CheckReadable(stop);
}

}  // namespace rawhaul
