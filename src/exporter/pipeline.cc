#include "exporter/pipeline.h"

#include <algorithm>
#include <deque>
#include <future>
#include <memory>
#include <utility>

#include "base/guarded.h"
#include "exporter/block_uploader.h"
#include "exporter/file_names.h"
#include "exporter/file_writer.h"
#include "exporter/manifest.h"
#include "exporter/segment.h"

namespace rawhaul {
namespace {

// Hands out a source's pieces to the encoders, some ahead, and gives them back in order. A piece that takes
// several turns is read on when what was encoded of it has been taken. Used by one thread.
class OrderedPieces {
 public:
  OrderedPieces(const ExportTask& task, std::shared_ptr<const ExportSource> source,
                const PipelineResources& resources, std::stop_token stop)
      : request_(task.request),
        source_(std::move(source)),
        resources_(resources),
        stop_(std::move(stop)),
        queue_(resources.encoders) {}

  bool done() const { return first_ == source_->pieces(); }
  // How much of what the source estimates has been given back.
  double read_bytes() const { return read_bytes_ + share_ * EstimateOfFirst(); }

  // What comes next in order. REQUIRES !done().
  Result<std::vector<Segment>> Next() {
    StartAhead();
    RAWHAUL_ASSIGN(EncodedPart part, under_way_.front().get());
    under_way_.pop_front();
    rest_ = std::move(part.rest);
    share_ = part.share;
    if (!rest_) EndFirst();
    return std::move(part.segments);
  }

 private:
  using Encoding = std::future<Result<EncodedPart>>;

  double EstimateOfFirst() const { return done() ? 0 : static_cast<double>(source_->EstimateBytes(first_)); }

  void EndFirst() {
    read_bytes_ += EstimateOfFirst();
    share_ = 0;
    ++first_;
  }

  // Memory is asked for in order, and the first piece gets it in any case: so exports never wait for each
  // other.
  void StartAhead() {
    if (rest_) {
      under_way_.push_front(
          Start(first_, std::move(rest_), resources_.memory.Acquire(MemoryOf(*source_, first_))));
    }
    while (next_ < source_->pieces() && under_way_.size() < resources_.pieces_ahead) {
      const uint64_t estimate = MemoryOf(*source_, next_) + source_->StateBytes(next_);
      auto lease = resources_.memory.TryAcquire(estimate);
      if (!lease && !under_way_.empty()) return;
      if (!lease) lease = resources_.memory.Acquire(estimate);
      under_way_.push_back(Start(next_++, nullptr, *std::move(lease)));
    }
  }

  // Without a reader the piece is opened.
  Encoding Start(size_t piece, std::unique_ptr<PieceReader> reader, ByteBudget::Lease lease) {
    auto job = std::make_shared<std::packaged_task<Result<EncodedPart>()>>(
        [this_request = request_, source = source_, stop = stop_, piece, reader = std::move(reader),
         memory = std::move(lease)]() mutable -> Result<EncodedPart> {
          return Guarded([&]() -> Result<EncodedPart> {
            if (!reader) {
              RAWHAUL_ASSIGN(reader, OpenPiece(*source, piece, memory));
            }
            return EncodePart(std::move(reader), this_request, std::move(memory), stop);
          });
        });
    queue_.Add([job] { (*job)(); });
    return job->get_future();
  }

  const ExportRequest request_;
  const std::shared_ptr<const ExportSource> source_;
  const PipelineResources& resources_;
  const std::stop_token stop_;
  FairPool::Queue queue_;
  std::deque<Encoding> under_way_;
  size_t first_ = 0;                   // the piece that is given back
  std::unique_ptr<PieceReader> rest_;  // of the first piece, when it is not under way
  double share_ = 0;                   // of the first piece
  size_t next_ = 0;                    // the piece to start
  double read_bytes_ = 0;              // of the pieces before the first
};

uint64_t EstimateTotal(const ExportSource& source) {
  uint64_t total = 0;
  for (size_t piece = 0; piece < source.pieces(); ++piece) total += source.EstimateBytes(piece);
  return total;
}

// What the two tries to number the files have in common.
struct Staging {
  const ExportTask& task;
  const std::shared_ptr<const ExportSource>& source;
  Container& container;
  const PipelineResources& resources;
  LiveProgress& progress;
  const SaveStaged& save;
  const std::stop_token stop;
};

Result<std::vector<StagedFile>> WriteAll(const Staging& staging, FileWriter& writer) {
  const double total = static_cast<double>(std::max<uint64_t>(1, EstimateTotal(*staging.source)));
  OrderedPieces pieces(staging.task, staging.source, staging.resources, staging.stop);
  while (!pieces.done()) {
    RAWHAUL_ASSIGN(std::vector<Segment> segments, pieces.Next());
    for (Segment& segment : segments) {
      const uint64_t rows = segment.encoded.rows;
      RAWHAUL_TRY(writer.Append(std::move(segment)));
      staging.progress.rows += rows;
    }
    staging.progress.percent = std::min(99.0, 100.0 * pieces.read_bytes() / total);
  }
  return writer.Finish();
}

Result<std::vector<StagedFile>> StageFiles(const Staging& staging, bool numbered,
                                           std::vector<StagedFile> done) {
  staging.progress.StartWith(done);
  BlockUploader uploader(staging.container, staging.resources.parallel_uploads, staging.stop,
                         [&staging](uint64_t bytes) { staging.progress.bytes += bytes; });
  FileWriter writer(staging.task, numbered, staging.resources.block_bytes, staging.container.prefix(),
                    uploader, staging.save);
  writer.GoOnBehind(std::move(done));
  auto staged = WriteAll(staging, writer);
  if (!staged) writer.KeepForLater();
  return staged;
}

// Whether one file will not do, judged by the first piece. An estimate from above that fits needs no judging.
Result<bool> NeedsSeveralFiles(const ExportTask& task, const ExportSource& source, ByteBudget& memory,
                               const std::stop_token& stop) {
  const auto limit = static_cast<double>(task.request.max_file_bytes);
  const auto estimate = static_cast<double>(EstimateTotal(source));
  if (estimate <= limit) return false;
  auto lease = memory.Acquire(MemoryOf(source, 0) + source.StateBytes(0));
  RAWHAUL_ASSIGN(auto reader, OpenPiece(source, 0, lease));
  RAWHAUL_ASSIGN(const EncodedPart part, EncodePart(std::move(reader), task.request, std::move(lease), stop));
  uint64_t plain_bytes = 0;
  for (const Segment& segment : part.segments) plain_bytes += segment.plain_bytes;
  return estimate * static_cast<double>(plain_bytes) / static_cast<double>(source.EstimateBytes(0)) > limit;
}

Status WriteManifest(const ExportTask& task, const std::vector<ExportedFile>& files, Container& container,
                     std::stop_token stop) {
  const std::string blob = ManifestName(task);
  RAWHAUL_TRY(container.StageBlock(blob, 0, EncodeManifest(task, files), stop));
  return container.Commit(blob, 1, {.content_type = "application/json"}, stop);
}

}  // namespace

void LiveProgress::StartWith(const std::vector<StagedFile>& files) {
  rows = 0;
  bytes = 0;
  percent = 0;
  for (const StagedFile& staged : files) {
    rows += staged.file.rows;
    bytes += staged.file.bytes;
  }
}

// Files of one task are numbered when there are several, which is known for sure only at the end. So it is
// judged first, and should that have been wrong, a second run starts over; what the first one staged is never
// committed. Files are saved before the end only when there are several.
Result<std::vector<StagedFile>> StageExport(const ExportTask& task, std::vector<StagedFile> done,
                                            const std::shared_ptr<const ExportSource>& source,
                                            Container& container, const PipelineResources& resources,
                                            LiveProgress& progress, const SaveStaged& save,
                                            std::stop_token stop) {
  const Staging staging{task, source, container, resources, progress, save, stop};
  if (!done.empty()) return StageFiles(staging, true, std::move(done));
  RAWHAUL_ASSIGN(const bool numbered, NeedsSeveralFiles(task, *source, resources.memory, stop));
  auto staged = StageFiles(staging, numbered, {});
  if (staged || staged.error().reason != kWrongNumbering) return staged;
  return StageFiles(staging, !numbered, {});
}

Result<ExportOutcome> CommitExport(const ExportTask& task, const std::vector<StagedFile>& files,
                                   Container& container, std::stop_token stop) {
  ExportOutcome outcome;
  const BlobProperties properties{.content_type = ContentType(task.request)};
  for (const StagedFile& file : files) {
    RAWHAUL_TRY(container.Commit(file.blob, file.blocks, properties, stop));
    outcome.files.push_back(file.file);
  }
  RAWHAUL_TRY(WriteManifest(task, outcome.files, container, stop));
  outcome.manifest = container.prefix() + ManifestName(task);
  return outcome;
}

}  // namespace rawhaul
