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

Status WriteAll(const Staging& staging, FileWriter& writer) {
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

// With the files, so that a run that was interrupted while it committed commits the same manifest again.
Result<StagedBlob> StageManifest(const Staging& staging, const std::vector<StagedFile>& staged) {
  std::vector<ExportedFile> files;
  for (const StagedFile& file : staged) files.push_back(file.file);
  StagedBlob manifest{.blob = ManifestName(staging.task), .blocks = {}};
  const std::string text = EncodeManifest(staging.task, files);
  RAWHAUL_ASSIGN(BlockReceipt block, staging.container.StageBlock(manifest.blob, 0, text, staging.stop));
  manifest.blocks.push_back(std::move(block));
  return manifest;
}

Result<Checkpoint> StageAll(const Staging& staging, FileWriter& writer) {
  RAWHAUL_TRY(WriteAll(staging, writer));
  RAWHAUL_ASSIGN(StagedBlob manifest, StageManifest(staging, writer.files()));
  return writer.Complete(std::move(manifest));
}

// So large that a file of the task's limit keeps that of the container; compression may add a little.
uint64_t BlockBytesOf(const Staging& staging) {
  const uint64_t limit = staging.task.request.max_file_bytes;
  const uint64_t largest_file = limit + limit / 64;
  const uint32_t max_blocks = staging.container.limits().max_blocks;
  return std::max(staging.resources.block_bytes, largest_file / (max_blocks - 1) + 1);
}

// Larger blocks are fewer at once, so that they take no more memory.
unsigned ParallelUploads(const PipelineResources& resources, uint64_t block_bytes) {
  const uint64_t parallel = resources.parallel_uploads * resources.block_bytes / block_bytes;
  return std::max(1u, static_cast<unsigned>(parallel));
}

Result<Checkpoint> StageFiles(const Staging& staging, bool numbered, std::vector<StagedFile> done) {
  staging.progress.StartWith(done);
  const uint64_t block_bytes = BlockBytesOf(staging);
  BlockUploader uploader(staging.container, ParallelUploads(staging.resources, block_bytes), staging.stop,
                         [&staging](uint64_t bytes) { staging.progress.bytes += bytes; });
  FileWriter writer(staging.task, numbered, block_bytes, staging.container.limits().max_blocks,
                    staging.container.prefix(), uploader, staging.save);
  writer.GoOnBehind(std::move(done));
  auto staged = StageAll(staging, writer);
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
Result<Checkpoint> StageExport(const ExportTask& task, std::vector<StagedFile> done,
                               const std::shared_ptr<const ExportSource>& source, Container& container,
                               const PipelineResources& resources, LiveProgress& progress,
                               const SaveStaged& save, std::stop_token stop) {
  const Staging staging{task, source, container, resources, progress, save, stop};
  if (!done.empty()) return StageFiles(staging, true, std::move(done));
  RAWHAUL_ASSIGN(const bool numbered, NeedsSeveralFiles(task, *source, resources.memory, stop));
  auto staged = StageFiles(staging, numbered, {});
  if (staged || staged.error().reason != kWrongNumbering) return staged;
  return StageFiles(staging, !numbered, {});
}

Result<ExportOutcome> CommitExport(const ExportTask& task, const Checkpoint& staged, bool may_be_done,
                                   Container& container, std::stop_token stop) {
  ExportOutcome outcome;
  const auto commit = [&](const StagedBlob& blob, std::string content_type) {
    return container.Commit({.blob = blob.blob,
                             .blocks = blob.blocks,
                             .properties = {.content_type = std::move(content_type)},
                             .may_be_done = may_be_done},
                            stop);
  };
  for (const StagedFile& file : staged.files) {
    RAWHAUL_TRY(commit(file, ContentType(task.request)));
    outcome.files.push_back(file.file);
  }
  RAWHAUL_TRY(commit(*staged.manifest, "application/json"));
  outcome.manifest = container.prefix() + staged.manifest->blob;
  return outcome;
}

}  // namespace rawhaul
