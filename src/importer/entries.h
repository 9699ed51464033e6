// Takes the blob of an import apart.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "collect/tag_writer.h"

namespace rawhaul {

// A larger one is no entry.
inline constexpr size_t kMaxEntryBytes = size_t{1} << 20;

// The tags of one device.
struct TagEntry {
  std::string device_id;
  TagChanges tags;
};

// Cuts text that comes in parts into entries. It is one JSON object of the form {id: {tag: text or null}}, or
// lines of the form {"deviceId": id, "tags": {tag: text or null}}, or one array of such lines' objects, as a
// JsonBlob file of a Tag export is. A bracket in front tells the array; the first key tells the others apart,
// since in an object it is followed by an object, and in a line it is deviceId or tags. Nulls delete; other
// members of a line are passed over. What is wrong with an entry does not keep the next one from being read.
// Holds one entry at most.
class EntryReader {
 public:
  // `number`: of the line, or of the entry in the object, from 1. An error is kInvalidArgument.
  using Visit = std::function<Status(uint64_t number, const Result<TagEntry>& entry)>;

  // Returns the first error of `visit`, and then takes no more. kInvalidArgument for UTF-16.
  explicit EntryReader(Visit visit);
  Status Feed(std::string_view part);
  // REQUIRES that all was fed.
  Status Finish();
  bool reads_lines() const { return form_ == Form::kLines; }

 private:
  enum class Form { kUnknown, kLines, kObject, kArray };
  // Where the reader of the object or array stands; kLost: what follows cannot be understood, and that was
  // said.
  enum class Place { kBefore, kEntry, kBehind, kLost };

  static std::optional<Form> FormOf(std::string_view text);
  Status Decide(bool is_all);
  Status FeedDecided(std::string_view part);
  Status FeedLines(std::string_view part);
  Status FeedWhole(char c);
  Status FeedEntry(char c);
  Status EndLine();
  Status EndEntry();
  Status Lose(std::string_view why);
  void Keep(std::string_view text);
  bool IsBlank() const;

  const Visit visit_;
  Form form_ = Form::kUnknown;
  std::string held_;       // what is read of the entry at hand, or of the start
  bool too_long_ = false;  // held_ has not all of it
  uint64_t number_ = 0;    // of entries or lines that are through
  Place place_ = Place::kBefore;
  int depth_ = 0;  // within the entry
  bool in_string_ = false;
  bool escaped_ = false;
};

}  // namespace rawhaul
