// What an export reads: the planner cuts it into pieces that can be read and encoded side by side.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>

#include "base/byte_budget.h"
#include "base/result.h"
#include "format/encoder.h"
#include "model/export_task.h"
#include "store/stores.h"

namespace rawhaul {

// Reads and encodes one piece. Used by one thread at a time.
class PieceReader {
 public:
  virtual ~PieceReader() = default;
  // Takes the memory along that ExportSource::StateBytes asks for.
  void Hold(ByteBudget::Lease state) { state_ = std::move(state); }
  // Appends whole elements to `out` until it holds `target_bytes`, the piece is done, or it pauses. Nothing
  // appended and not paused: it is done.
  virtual Result<Encoded> Fill(ByteBuffer& out, size_t target_bytes) = 0;
  // Whether the last Fill ended early for other work to get its turn: the next one goes on.
  virtual bool paused() const { return false; }
  // How much of the piece is read, from 0 to 1: a guess, for progress.
  virtual double share() const { return 1; }
  // What was read last, behind which a later run can go on; nullopt for snapshots: their state is not kept.
  virtual std::optional<RecordPosition> position() const { return std::nullopt; }

 private:
  ByteBudget::Lease state_;
};

// Thread-safe. Pieces, read in order, are the whole export; each record is in exactly one.
class ExportSource {
 public:
  virtual ~ExportSource() = default;
  virtual size_t pieces() const = 0;
  // A guess of the piece's encoded size, for memory and progress.
  virtual uint64_t EstimateBytes(size_t piece) const = 0;
  // What a reader of the piece keeps in memory, at most, beside what it encodes.
  virtual uint64_t StateBytes(size_t /*piece*/) const { return 0; }
  virtual Result<std::unique_ptr<PieceReader>> Open(size_t piece) const = 0;
};

struct TimeSpan {
  Timestamp first;
  Timestamp last;  // included
};
using CampaignSpans = std::map<uint64_t, TimeSpan>;

// The source of a task, as the stores are now; for historical types up to task.cut_off and, if given, only
// what is behind `after`. `in_progress` says of the campaigns of a Push export by window when they were;
// those that are not there, since they were not made on this server, count from their first to their last
// feedback. `stores` must outlive it. kCanceled soon after `stop`.
Result<std::unique_ptr<ExportSource>> PlanExport(const ExportTask& task, const Stores& stores,
                                                 const CampaignSpans& in_progress,
                                                 const std::optional<RecordPosition>& after,
                                                 const std::stop_token& stop = {});

// The kinds of sources behind PlanExport.
Result<std::unique_ptr<ExportSource>> PlanRecords(const ExportTask& task, const Stores& stores,
                                                  const std::optional<RecordPosition>& after,
                                                  const std::stop_token& stop);
// Session: the records, and behind them one piece of what is derived from activities. Sessions that are open
// at one time take at most `max_open_bytes` of memory: where they would take more, the piece is read several
// times, for a part of them each. The order of rows depends on it.
inline constexpr uint64_t kMaxOpenSessionBytes = uint64_t{48} << 20;
Result<std::unique_ptr<ExportSource>> PlanSessions(const ExportTask& task, const Stores& stores,
                                                   const std::optional<RecordPosition>& after,
                                                   const std::stop_token& stop,
                                                   uint64_t max_open_bytes = kMaxOpenSessionBytes);
Result<std::unique_ptr<ExportSource>> PlanDevices(const ExportTask& task, const Stores& stores);
Result<std::unique_ptr<ExportSource>> PlanFeedback(const ExportTask& task, const Stores& stores,
                                                   const CampaignSpans& in_progress,
                                                   const std::stop_token& stop);

// The records of this kind that belong to the task's days.
RecordQuery RecordsOf(const ExportTask& task, RecordKind kind);

}  // namespace rawhaul
