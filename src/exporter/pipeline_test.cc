#include "exporter/pipeline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "exporter/file_names.h"
#include "exporter/pipeline_fixture_testing.h"
#include "exporter/segment.h"
#include "format/compressor.h"

namespace rawhaul {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

// Pieces that take several turns: each appends `bytes`, which may be none, and pauses if it is told to.
class TurnSource final : public ExportSource {
 public:
  TurnSource(size_t pieces, size_t turns, size_t bytes, bool pauses)
      : pieces_(pieces), turns_(turns), bytes_(bytes), pauses_(pauses) {}

  size_t pieces() const override { return pieces_; }
  uint64_t EstimateBytes(size_t) const override { return 1 + turns_ * bytes_; }
  Result<std::unique_ptr<PieceReader>> Open(size_t piece) const override {
    return std::make_unique<Reader>(*this, piece);
  }
  std::string Expected() const {
    std::string all;
    for (size_t i = 0; i < pieces_ * turns_; ++i) all += TextOf(i / turns_, i % turns_);
    return all;
  }

 private:
  class Reader final : public PieceReader {
   public:
    Reader(const TurnSource& source, size_t piece) : source_(source), piece_(piece) {}
    Result<Encoded> Fill(ByteBuffer& out, size_t) override {
      if (next_ == source_.turns_) return Encoded{};
      out.Append(source_.TextOf(piece_, next_++));
      return Encoded{1};
    }
    bool paused() const override { return source_.pauses_ && next_ < source_.turns_; }
    double share() const override { return static_cast<double>(next_) / static_cast<double>(source_.turns_); }

   private:
    const TurnSource& source_;
    const size_t piece_;
    size_t next_ = 0;
  };

  // Every third turn has nothing to append when turns pause.
  std::string TextOf(size_t piece, size_t turn) const {
    if (pauses_ && turn % 3 == 1) return "";
    return std::string(bytes_, static_cast<char>('a' + piece)) + std::to_string(turn) + "\n";
  }

  const size_t pieces_;
  const size_t turns_;
  const size_t bytes_;
  const bool pauses_;
};

TEST_F(PipelineTest, PiecesComeOutInOrderAndTheManifestLast) {
  const auto source = std::make_shared<NumberSource>(50, 20);
  const auto outcome = Run(source);
  ASSERT_TRUE(outcome);
  EXPECT_EQ(ReadBack(*outcome), source->Expected());
  EXPECT_THAT(storage_.commits(),
              ElementsAre(std::string(kStem) + ".jsonl", std::string(kStem) + ".manifest.json"));
  EXPECT_EQ(outcome->manifest, std::string(kStem) + ".manifest.json");
  EXPECT_EQ(progress_.Read().rows, 1000u);
  EXPECT_EQ(progress_.Read().bytes, source->Expected().size());
  EXPECT_EQ(progress_.Read().percent, 99) << "100 is for the end of the task";
  EXPECT_EQ(memory_.used(), 0u) << "all memory is given back";
}

TEST_F(PipelineTest, AnExportWithoutDataIsOneValidFile) {
  task_.request.format = ExportFormat::kJsonBlob;
  const auto outcome = Run(std::make_shared<NumberSource>(0, 0));
  ASSERT_TRUE(outcome);
  EXPECT_EQ(ReadBack(*outcome), "[\n\n]\n");
  EXPECT_EQ(outcome->files.at(0).rows, 0u);
}

TEST_F(PipelineTest, AnEmptyCompressedFileIsStillAFileOfItsKind) {
  task_.request.compression = Compression::kGzip;
  const auto outcome = Run(std::make_shared<NumberSource>(0, 0));
  ASSERT_TRUE(outcome);
  EXPECT_EQ(GunzipBounded(ReadBack(*outcome), 100), "");
}

TEST_F(PipelineTest, FilesAreSplitAndNumberedAndNoneIsTooLarge) {
  task_.request.max_file_bytes = 1024;
  const auto source = std::make_shared<NumberSource>(30, 40);
  const auto outcome = Run(source);
  ASSERT_TRUE(outcome);
  EXPECT_EQ(ReadBack(*outcome), source->Expected());
  ASSERT_GT(outcome->files.size(), 5u);
  uint64_t rows = 0;
  for (const ExportedFile& file : outcome->files) {
    EXPECT_LE(file.bytes, 1024u);
    rows += file.rows;
  }
  EXPECT_EQ(rows, 1200u);
  EXPECT_EQ(outcome->files.front().name, std::string(kStem) + "_00001.jsonl");
  EXPECT_EQ(outcome->files.at(1).name, std::string(kStem) + "_00002.jsonl");
  EXPECT_EQ(progress_.Read().rows, 1200u) << "the run that was started over does not count";
}

TEST_F(PipelineTest, FilesAreNumberedRightHoweverWrongTheEstimate) {
  const auto source = std::make_shared<NumberSource>(30, 40);
  for (const double factor : {0.01, 0.5, 2.0, 100.0}) {
    for (const double first : {0.1, 1.0, 10.0}) {
      source->EstimateTimes(factor, first);
      task_.request.max_file_bytes = 1024;
      task_.id += 1;
      const auto several = Run(source);
      ASSERT_TRUE(several);
      EXPECT_EQ(ReadBack(*several), source->Expected());
      EXPECT_EQ(several->files.front().name, "prefix/" + FileName(task_, 1));
      EXPECT_EQ(progress_.Read().rows, 1200u) << "a run that was started over does not count";
      task_.request.max_file_bytes = source->Expected().size();
      task_.id += 1;
      const auto one = Run(source);
      ASSERT_TRUE(one);
      EXPECT_EQ(one->files.size(), 1u);
      EXPECT_EQ(one->files.front().name, "prefix/" + FileName(task_, 0));
    }
  }
}

TEST_F(PipelineTest, EveryFileOfASplitJsonArrayIsAnArray) {
  task_.request.format = ExportFormat::kJsonBlob;
  task_.request.max_file_bytes = 1024;
  const auto outcome = Run(std::make_shared<NumberSource>(30, 40));
  ASSERT_TRUE(outcome);
  for (const ExportedFile& file : outcome->files) {
    const std::string bytes = *storage_.Read(file.name);
    EXPECT_EQ(bytes.substr(0, 2), "[\n");
    EXPECT_EQ(bytes.substr(bytes.size() - 3), "\n]\n");
    EXPECT_LE(bytes.size(), 1024u);
  }
}

TEST_F(PipelineTest, CompressedPartsAreOneFile) {
  task_.request.compression = Compression::kGzip;
  const auto source = std::make_shared<NumberSource>(20, 50);
  const auto outcome = Run(source);
  ASSERT_TRUE(outcome);
  EXPECT_EQ(GunzipBounded(ReadBack(*outcome), 1 << 20), source->Expected());
}

std::string Packed(Compression compression, std::string_view text) {
  ByteBuffer out;
  MakeCompressor(compression)->Compress(text, out);
  return std::string(out.view());
}

TEST_F(PipelineTest, TheHeadOfAFileIsCompressedWithItsFirstElements) {
  const NumberSource none(0, 0);
  const NumberSource some(1, 3);
  for (const auto format : {ExportFormat::kJsonBlob, ExportFormat::kCsvBlob, ExportFormat::kJsonLinesBlob}) {
    for (const auto compression : {Compression::kNone, Compression::kGzip, Compression::kZstd}) {
      task_.request.format = format;
      task_.request.compression = compression;
      const FileFrame frame = FrameOf(ExportType::kEvent, format);
      ++task_.id;
      EXPECT_EQ(ReadBack(*Run(std::make_shared<NumberSource>(none))),
                Packed(compression, frame.head + frame.tail));
      ++task_.id;
      EXPECT_EQ(ReadBack(*Run(std::make_shared<NumberSource>(some))),
                Packed(compression, frame.head + some.Expected()) +
                    (frame.tail.empty() ? "" : Packed(compression, frame.tail)));
    }
  }
}

TEST_F(PipelineTest, EveryFileOfASplitCompressedExportBeginsWithHeadAndElements) {
  task_.request.format = ExportFormat::kCsvBlob;
  task_.request.compression = Compression::kGzip;
  task_.request.max_file_bytes = 1024;
  const std::string head = FrameOf(ExportType::kEvent, ExportFormat::kCsvBlob).head;
  const auto source = std::make_shared<NumberSource>(30, 40);
  const auto outcome = Run(source);
  ASSERT_TRUE(outcome);
  ASSERT_GT(outcome->files.size(), 5u);
  std::string all;
  for (const ExportedFile& file : outcome->files) {
    const std::string bytes = *storage_.Read(file.name);
    EXPECT_FALSE(bytes.starts_with(Packed(Compression::kGzip, head))) << "a member of the header alone";
    const std::string plain = *GunzipBounded(bytes, 1024);
    ASSERT_TRUE(plain.starts_with(head));
    all += plain.substr(head.size());
  }
  EXPECT_EQ(all, source->Expected());
}

TEST_F(PipelineTest, NothingIsVisibleWhileStaging) {
  storage_.Hold();
  auto run = std::async(std::launch::async, [this] { return Run(std::make_shared<NumberSource>(50, 20)); });
  storage_.WaitForHeld(3);
  EXPECT_THAT(storage_.commits(), IsEmpty());
  storage_.Release();
  EXPECT_TRUE(run.get());
}

TEST_F(PipelineTest, AFailedBlockEndsTheExportWithItsErrorAndShowsNothing) {
  const Error error{ErrorCode::kPermissionDenied, "the SAS has ended", "AuthenticationFailed"};
  storage_.FailStageBlock(3, error);
  const auto outcome = Run(std::make_shared<NumberSource>(50, 20));
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error(), error);
  EXPECT_THAT(storage_.commits(), IsEmpty());
  EXPECT_EQ(memory_.used(), 0u);
}

TEST_F(PipelineTest, AFailedCommitLeavesNoManifest) {
  task_.request.max_file_bytes = 4096;
  storage_.FailCommit(2, Error{ErrorCode::kNotFound, "gone", "ContainerNotFound"});
  const auto outcome = Run(std::make_shared<NumberSource>(100, 20));
  ASSERT_FALSE(outcome);
  EXPECT_THAT(storage_.commits(), SizeIs(1));
}

TEST_F(PipelineTest, DamagedDataEndsTheExport) {
  const auto source = std::make_shared<NumberSource>(50, 20);
  source->Break(30);
  const auto outcome = Run(source);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, ErrorCode::kDataLoss);
  EXPECT_THAT(storage_.commits(), IsEmpty());
}

TEST_F(PipelineTest, StopsWhileStorageHangs) {
  storage_.Hold();
  auto run = std::async(std::launch::async, [this] { return Run(std::make_shared<NumberSource>(50, 20)); });
  storage_.WaitForHeld(3);
  stop_.request_stop();
  const auto outcome = run.get();
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, ErrorCode::kCanceled);
  EXPECT_THAT(storage_.commits(), IsEmpty());
}

TEST_F(PipelineTest, ASlowContainerHoldsNoMoreMemoryThanTheBudget) {
  ByteBudget budget(8 << 20);
  const auto source = std::make_shared<NumberSource>(50, 5000);
  const uint64_t first_piece = MemoryOf(*source, 0);  // which is granted in any case
  ASSERT_GT(50 * first_piece, 4 * budget.capacity());
  storage_.Hold();
  pieces_ahead_ = 1000;
  auto run = std::async(std::launch::async, [&] { return RunIn(storage_, budget, source, progress_); });
  storage_.WaitForHeld(3);
  for (int i = 0; i < 1000; ++i) ASSERT_LE(budget.used(), budget.capacity() + first_piece);
  storage_.Release();
  ASSERT_TRUE(run.get());
  EXPECT_EQ(budget.used(), 0u);
}

TEST_F(PipelineTest, ASmallExportEndsWhileAHugeOneWaitsForItsStorage) {
  storage_.Hold();
  auto huge = std::async(std::launch::async, [this] { return Run(std::make_shared<NumberSource>(500, 50)); });
  storage_.WaitForHeld(3);
  MemoryStorage other;
  LiveProgress progress;
  EXPECT_TRUE(RunIn(other, memory_, std::make_shared<NumberSource>(3, 20), progress));
  EXPECT_EQ(progress.Read().rows, 60u);
  EXPECT_EQ(huge.wait_for(std::chrono::seconds(0)), std::future_status::timeout);
  storage_.Release();
  EXPECT_TRUE(huge.get());
}

TEST_F(PipelineTest, PiecesThatPauseAreReadOnInOrder) {
  const auto source = std::make_shared<TurnSource>(5, 7, 10, true);
  const auto outcome = Run(source);
  ASSERT_TRUE(outcome);
  EXPECT_EQ(ReadBack(*outcome), source->Expected());
  EXPECT_EQ(progress_.Read().percent, 99);
  EXPECT_EQ(memory_.used(), 0u);
}

TEST_F(PipelineTest, ProgressMovesWithinAPieceThatPauses) {
  storage_.Hold();
  const auto source = std::make_shared<TurnSource>(1, 40, 100, true);
  auto run = std::async(std::launch::async, [&] { return Run(source); });
  storage_.WaitForHeld(3);
  stop_.request_stop();
  ASSERT_FALSE(run.get());
  EXPECT_GT(progress_.Read().percent, 0);
  EXPECT_LT(progress_.Read().percent, 50);
}

TEST_F(PipelineTest, OfALongPieceOnlyAPartIsInMemory) {
  ByteBudget budget(1 << 20);
  const auto source = std::make_shared<TurnSource>(1, 40, 1 << 20, false);
  storage_.Hold();
  auto run = std::async(std::launch::async, [&] { return RunIn(storage_, budget, source, progress_); });
  storage_.WaitForHeld(3);
  for (int i = 0; i < 1000; ++i) ASSERT_LE(budget.used(), 2 * MemoryOf(*source, 0));
  ASSERT_LT(2 * MemoryOf(*source, 0), source->EstimateBytes(0));
  storage_.Release();
  const auto outcome = run.get();
  ASSERT_TRUE(outcome);
  EXPECT_EQ(ReadBack(*outcome), source->Expected());
  EXPECT_EQ(budget.used(), 0u);
}

TEST_F(PipelineTest, BlocksAreSoLargeThatAFileOfTheLimitKeepsThatOfTheContainer) {
  storage_.set_limits({.max_blocks = 5, .max_block_bytes = 1 << 20});
  const auto source = std::make_shared<NumberSource>(200, 20);
  task_.request.max_file_bytes = source->Expected().size();
  const auto container = MakeMemoryContainer(storage_, "prefix/");
  const auto staged = Stage({}, *container, memory_, source, progress_);
  ASSERT_TRUE(staged && staged->files.size() == 1);
  EXPECT_GT(staged->files[0].file.bytes, 5 * 100u) << "too much for blocks of the usual size";
  EXPECT_LE(staged->files[0].blocks.size(), 5u);
  EXPECT_EQ(storage_.most_staging(), 1u) << "of larger blocks there are fewer at once";
}

TEST_F(PipelineTest, AnExhaustedBudgetSlowsExportsDownButNeverStopsThem) {
  const ByteBudget::Lease all = memory_.Acquire(memory_.capacity());
  const auto source = std::make_shared<NumberSource>(50, 20);
  const auto outcome = Run(source);
  ASSERT_TRUE(outcome);
  EXPECT_EQ(ReadBack(*outcome), source->Expected());
}

TEST_F(PipelineTest, WhatIsThrownByAReaderIsTheErrorOfItsExport) {
  const auto source = std::make_shared<NumberSource>(6, 30);
  source->Throw(3);
  const auto outcome = Run(source);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error(), (Error{ErrorCode::kInternal, "a library says so"}));
  EXPECT_THAT(storage_.commits(), IsEmpty());
}

}  // namespace
}  // namespace rawhaul
