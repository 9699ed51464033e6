#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <memory>

#include "blob/memory_container_testing.h"
#include "exporter/pipeline.h"
#include "exporter/segment.h"

namespace rawhaul {
namespace {

// One piece whose reader keeps memory, and looks how much of the budget is taken whenever it reads.
class KeepingSource final : public ExportSource {
 public:
  KeepingSource(const ByteBudget& budget, uint64_t state_bytes)
      : budget_(budget), state_bytes_(state_bytes) {}

  size_t pieces() const override { return 1; }
  uint64_t EstimateBytes(size_t) const override { return 1; }
  uint64_t StateBytes(size_t) const override { return state_bytes_; }
  Result<std::unique_ptr<PieceReader>> Open(size_t) const override { return std::make_unique<Reader>(*this); }
  uint64_t least() const { return least_; }

 private:
  class Reader final : public PieceReader {
   public:
    explicit Reader(const KeepingSource& source) : source_(source) {}
    Result<Encoded> Fill(ByteBuffer& out, size_t) override {
      if (turns_ == kTurns) return Encoded{};
      source_.least_ = std::min<uint64_t>(source_.least_, source_.budget_.used());
      out.Append("row\n");
      ++turns_;
      return Encoded{1};
    }
    bool paused() const override { return turns_ < kTurns; }

   private:
    static constexpr int kTurns = 5;

    const KeepingSource& source_;
    int turns_ = 0;
  };

  const ByteBudget& budget_;
  const uint64_t state_bytes_;
  mutable std::atomic<uint64_t> least_ = UINT64_MAX;
};

TEST(PipelineMemory, WhatAReaderKeepsCountsAsLongAsItReads) {
  constexpr uint64_t kState = 10 << 20;
  ByteBudget memory(1 << 20);
  FairPool encoders(2);
  const PipelineResources resources{
      .encoders = encoders, .memory = memory, .pieces_ahead = 2, .parallel_uploads = 2, .block_bytes = 100};
  ExportTask task;
  task.request.format = ExportFormat::kJsonLinesBlob;
  task.request.days = DayRange{};
  const auto source = std::make_shared<KeepingSource>(memory, kState);
  MemoryStorage storage;
  LiveProgress progress;
  const SaveStaged save = [](std::span<const StagedFile>, const StagedBlob*) { return Status(); };
  const auto staged =
      StageExport(task, {}, source, *MakeMemoryContainer(storage), resources, progress, save, {});
  ASSERT_TRUE(staged) << staged.error().message;
  EXPECT_EQ(progress.rows, 5u);
  EXPECT_GE(source->least(), kState);
  EXPECT_EQ(memory.used(), 0u);
}

// One piece of many rows of 100,000 bytes, of which it guesses none.
class UnderratedSource final : public ExportSource {
 public:
  explicit UnderratedSource(size_t rows) : rows_(rows) {}

  size_t pieces() const override { return 1; }
  uint64_t EstimateBytes(size_t) const override { return 0; }
  Result<std::unique_ptr<PieceReader>> Open(size_t) const override { return std::make_unique<Reader>(rows_); }

 private:
  class Reader final : public PieceReader {
   public:
    explicit Reader(size_t rows) : left_(rows) {}
    Result<Encoded> Fill(ByteBuffer& out, size_t target_bytes) override {
      Encoded sum;
      for (; left_ > 0 && out.size() < target_bytes; --left_, ++sum.rows)
        out.Append(std::string(100'000, 'x'));
      return sum;
    }

   private:
    size_t left_;
  };

  const size_t rows_;
};

Result<EncodedPart> EncodeFirstPart(const ExportSource& source, Compression compression, ByteBudget& memory) {
  ExportRequest request;
  request.compression = compression;
  auto lease = memory.Acquire(MemoryOf(source, 0));
  RAWHAUL_ASSIGN(auto reader, OpenPiece(source, 0, lease));
  return EncodePart(std::move(reader), request, std::move(lease), {});
}

TEST(PipelineMemory, ASmallSegmentKeepsNoMoreThanItsBytes) {
  for (const Compression compression : {Compression::kNone, Compression::kGzip, Compression::kZstd}) {
    ByteBudget memory(10 << 20);
    const auto part = EncodeFirstPart(UnderratedSource(1), compression, memory);
    ASSERT_EQ(part->segments.size(), 1u);
    EXPECT_EQ(part->segments[0].plain_bytes, 100'000u);
    EXPECT_EQ(memory.used(), part->segments[0].packed.view().size());
  }
}

TEST(PipelineMemory, APartEndsWhenThereIsNoMoreMemory) {
  for (const uint64_t capacity : {4u << 20, 8u << 20}) {
    ByteBudget memory(capacity);
    const auto part = EncodeFirstPart(UnderratedSource(1000), Compression::kNone, memory);
    EXPECT_TRUE(part->rest);
    EXPECT_LE(memory.used(), capacity);
    EXPECT_GT(memory.used(), capacity / 2);
  }
}

TEST(PipelineMemory, APartHasAllOfAPieceThatIsLargerThanItsGuessWhileThereIsMemory) {
  ByteBudget memory(64 << 20);
  const auto part = EncodeFirstPart(UnderratedSource(50), Compression::kNone, memory);
  EXPECT_FALSE(part->rest);
  EXPECT_EQ(part->segments.size(), 5u);
}

}  // namespace
}  // namespace rawhaul
