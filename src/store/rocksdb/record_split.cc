#include "store/rocksdb/record_split.h"

#include <rocksdb/db.h>
#include <rocksdb/iterator.h>
#include <rocksdb/options.h>

#include <algorithm>
#include <optional>
#include <string>

#include "store/rocksdb/keys.h"
#include "store/rocksdb/status.h"

namespace rawhaul {
namespace {

struct Span {
  RecordPosition first;
  RecordPosition last;  // included
};

// The end of the lower half, which is before span.last. REQUIRES span.first < span.last.
RecordPosition MiddleOf(const Span& span) {
  const auto [first, last] = span;
  if (first.hour != last.hour) return {first.hour + (last.hour - first.hour) / 2, UINT64_MAX};
  return {first.hour, first.sequence + (last.sequence - first.sequence) / 2};
}

RecordPosition After(const RecordPosition& position) {
  if (position.sequence == UINT64_MAX) return {position.hour + 1, 0};
  return {position.hour, position.sequence + 1};
}

// Halves the query until a part is small enough, and first moves the ends of each part to keys that exist:
// empty years cost one step, and the work grows with the number of ranges, not of hours.
class Splitter {
 public:
  Splitter(const RocksDatabase& database, const RecordQuery& query, uint64_t target_bytes,
           const std::stop_token& stop)
      : database_(database),
        query_(query),
        target_bytes_(target_bytes),
        stop_(stop),
        iterator_(database.db().NewIterator(ReadOptions(), database.family(Family::kRecords))) {}

  Status Split(const Span& part) {
    if (stop_.stop_requested()) return Fail(ErrorCode::kCanceled, "stopped while planning what to read");
    const auto span = Narrow(part);
    RAWHAUL_TRY(ToStatus(iterator_->status(), "reading the store"));
    if (!span) return {};
    RAWHAUL_ASSIGN(const uint64_t bytes,
                   database_.ApproximateBytes(Family::kRecords, KeyOf(span->first), KeyOf(span->last)));
    if (bytes <= target_bytes_ || span->first == span->last) {
      Append(*span, bytes);
      return {};
    }
    const RecordPosition middle = MiddleOf(*span);
    RAWHAUL_TRY(Split({span->first, middle}));
    return Split({After(middle), span->last});
  }

  std::vector<RecordRange> TakeRanges() { return std::move(ranges_); }

 private:
  static rocksdb::ReadOptions ReadOptions() {
    rocksdb::ReadOptions options;
    options.fill_cache = false;
    return options;
  }

  std::string KeyOf(const RecordPosition& position) const {
    return keys::Encode(keys::RecordKey{query_.app, query_.kind, position.hour, position.sequence});
  }

  // Where the iterator stands, when that is a key of `part`.
  std::optional<RecordPosition> Current(const Span& part) const {
    if (!iterator_->Valid()) return std::nullopt;
    const auto key = keys::ParseRecordKey(iterator_->key().ToStringView());
    if (!key || key->app != query_.app || key->kind != query_.kind) return std::nullopt;
    const RecordPosition position{key->hour, key->sequence};
    if (position < part.first || position > part.last) return std::nullopt;
    return position;
  }

  // From the first to the last key of `part`; nullopt when it has none.
  std::optional<Span> Narrow(const Span& part) {
    iterator_->Seek(KeyOf(part.first));
    const auto first = Current(part);
    if (!first) return std::nullopt;
    iterator_->SeekForPrev(KeyOf(part.last));
    const auto last = Current(part);
    if (!last) return std::nullopt;
    return Span{*first, *last};
  }

  // Small neighbours become one range.
  void Append(const Span& span, uint64_t bytes) {
    if (ranges_.empty() || ranges_.back().approximate_bytes + bytes > target_bytes_) {
      RecordRange range{query_, span.first.sequence, 0, 0};
      range.query.first_hour = span.first.hour;
      ranges_.push_back(range);
    }
    RecordRange& range = ranges_.back();
    range.query.last_hour = span.last.hour;
    range.last_sequence = span.last.sequence;
    range.approximate_bytes += bytes;
  }

  const RocksDatabase& database_;
  const RecordQuery& query_;
  const uint64_t target_bytes_;
  const std::stop_token& stop_;
  const std::unique_ptr<rocksdb::Iterator> iterator_;
  std::vector<RecordRange> ranges_;
};

}  // namespace

Result<std::vector<RecordRange>> SplitRecords(const RocksDatabase& database, const RecordQuery& query,
                                              uint64_t target_bytes, const std::stop_token& stop) {
  Splitter splitter(database, query, target_bytes, stop);
  RecordPosition first{query.first_hour, 0};
  if (query.after) first = std::max(first, After(*query.after));
  RAWHAUL_TRY(splitter.Split({first, {query.last_hour, UINT64_MAX}}));
  return splitter.TakeRanges();
}

}  // namespace rawhaul
