#include "exporter/pipeline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <stdexcept>
#include <thread>

#include "base/digest.h"
#include "base/encoding.h"
#include "blob/memory_container_testing.h"
#include "exporter/file_names.h"
#include "exporter/segment.h"
#include "format/compressor.h"

namespace rawhaul {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

// `pieces` pieces of `rows` elements each: "<piece>.<row>\n".
class NumberSource final : public ExportSource {
 public:
  NumberSource(size_t pieces, size_t rows) : pieces_(pieces), rows_(rows) {}

  // The piece cannot be read.
  void Break(size_t piece) { broken_ = piece; }
  // Opening the piece throws.
  void Throw(size_t piece) { throwing_ = piece; }
  // Estimates are wrong by `factor`, that of the first piece by `first` more.
  void EstimateTimes(double factor, double first) {
    factor_ = factor;
    first_factor_ = first;
  }

  static std::string Element(size_t piece, size_t row) {
    return std::to_string(piece) + "." + std::to_string(row) + "\n";
  }
  std::string Expected() const {
    std::string all;
    for (size_t piece = 0; piece < pieces_; ++piece) {
      for (size_t row = 0; row < rows_; ++row) all += Element(piece, row);
    }
    return all;
  }

  size_t pieces() const override { return pieces_; }
  uint64_t EstimateBytes(size_t piece) const override {
    const double right = static_cast<double>(rows_ * 8);
    return 1 + static_cast<uint64_t>(right * factor_ * (piece == 0 ? first_factor_ : 1));
  }
  Result<std::unique_ptr<PieceReader>> Open(size_t piece) const override {
    if (piece == throwing_) throw std::runtime_error("a library says so");
    if (piece == broken_) return Fail(ErrorCode::kDataLoss, "a damaged block");
    return std::make_unique<Reader>(piece, rows_);
  }

 private:
  class Reader final : public PieceReader {
   public:
    Reader(size_t piece, size_t rows) : piece_(piece), rows_(rows) {}
    Result<Encoded> Fill(ByteBuffer& out, size_t target_bytes) override {
      Encoded encoded;
      for (; next_ < rows_ && out.size() < target_bytes; ++next_, ++encoded.rows)
        out.Append(Element(piece_, next_));
      return encoded;
    }
    std::optional<RecordPosition> position() const override {
      return RecordPosition{static_cast<Hour>(piece_), next_};
    }

   private:
    const size_t piece_;
    const size_t rows_;
    size_t next_ = 0;
  };

  const size_t pieces_;
  const size_t rows_;
  std::optional<size_t> broken_;
  std::optional<size_t> throwing_;
  double factor_ = 1;
  double first_factor_ = 1;
};

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

class PipelineTest : public testing::Test {
 protected:
  PipelineTest() {
    task_.id = 7;
    task_.request.format = ExportFormat::kJsonLinesBlob;
    task_.request.days = DayRange{*ParseDay("2016-04-01"), *ParseDay("2016-04-01")};
    storage_.set_limits({.max_blocks = 100'000'000, .max_block_bytes = 1 << 30});  // blocks may be small
  }

  Result<ExportOutcome> Run(const std::shared_ptr<const ExportSource>& source) {
    return RunIn(storage_, memory_, source, progress_);
  }

  Result<ExportOutcome> RunIn(MemoryStorage& storage, ByteBudget& memory,
                              const std::shared_ptr<const ExportSource>& source, LiveProgress& progress) {
    const auto container = MakeMemoryContainer(storage, "prefix/");
    RAWHAUL_ASSIGN(const auto staged, Stage({}, *container, memory, source, progress));
    return CommitExport(task_, staged, false, *container, stop_.get_token());
  }

  Result<Checkpoint> Stage(std::vector<StagedFile> done, Container& container, ByteBudget& memory,
                           const std::shared_ptr<const ExportSource>& source, LiveProgress& progress) {
    const PipelineResources resources{.encoders = encoders_,
                                      .memory = memory,
                                      .pieces_ahead = pieces_ahead_,
                                      .parallel_uploads = parallel_uploads_,
                                      .block_bytes = 100};
    const SaveStaged save = [this](std::span<const StagedFile> files, const StagedBlob* manifest) -> Status {
      saved_.files.insert(saved_.files.end(), files.begin(), files.end());
      if (manifest != nullptr) saved_.manifest = *manifest;
      return {};
    };
    return StageExport(task_, std::move(done), source, container, resources, progress, save,
                       stop_.get_token());
  }

  // All files of the outcome, one behind the other, each checked against what the outcome says of it.
  std::string ReadBack(const ExportOutcome& outcome) {
    std::string all;
    for (const ExportedFile& file : outcome.files) {
      const std::string bytes = storage_.Read(file.name).value_or("(missing)");
      EXPECT_EQ(file.bytes, bytes.size()) << file.name;
      EXPECT_EQ(file.sha256, HexEncode(Sha256(bytes))) << file.name;
      all += bytes;
    }
    return all;
  }

  ExportTask task_;
  MemoryStorage storage_;
  ByteBudget memory_{1 << 20};
  FairPool encoders_{3};
  unsigned pieces_ahead_ = 4;
  unsigned parallel_uploads_ = 3;
  LiveProgress progress_;
  Checkpoint saved_;
  std::stop_source stop_;
};

constexpr char kStem[] = "prefix/Event_2016-04-01_2016-04-01_7";

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

// A source that begins behind `after` of another one.
class RestOfNumbers final : public ExportSource {
 public:
  RestOfNumbers(std::shared_ptr<const NumberSource> all, RecordPosition after)
      : all_(std::move(all)), after_(after) {}
  size_t pieces() const override { return all_->pieces() - after_.hour; }
  uint64_t EstimateBytes(size_t piece) const override { return all_->EstimateBytes(piece); }
  Result<std::unique_ptr<PieceReader>> Open(size_t piece) const override {
    RAWHAUL_ASSIGN(auto reader, all_->Open(after_.hour + piece));
    ByteBuffer skipped;
    for (uint64_t row = 0; piece == 0 && row < after_.sequence; ++row) {
      RAWHAUL_TRY(reader->Fill(skipped, skipped.size() + 1));
    }
    return reader;
  }

 private:
  const std::shared_ptr<const NumberSource> all_;
  const RecordPosition after_;
};

size_t BlocksOf(const std::vector<StagedFile>& files) {
  size_t blocks = 0;
  for (const StagedFile& staged : files) blocks += staged.blocks.size();
  return blocks;
}

TEST_F(PipelineTest, AnInterruptedRunIsFinishedFromTheFilesThatItStaged) {
  task_.request.max_file_bytes = 1024;
  const auto source = std::make_shared<NumberSource>(30, 40);
  const auto container = MakeMemoryContainer(storage_, "prefix/");
  storage_.FailStageBlock(20, Error{ErrorCode::kUnavailable, "the server dies here"});
  ASSERT_FALSE(Stage({}, *container, memory_, source, progress_));
  ASSERT_FALSE(saved_.manifest);
  const std::vector<StagedFile> done = saved_.files;
  ASSERT_FALSE(done.empty());
  const size_t calls = storage_.stage_calls();
  const auto rest = std::make_shared<RestOfNumbers>(source, *done.back().end);
  const auto staged = Stage(done, *container, memory_, rest, progress_);
  ASSERT_TRUE(staged) << staged.error().message;
  EXPECT_TRUE(saved_.manifest);
  EXPECT_EQ(saved_.files.size(), staged->files.size());
  EXPECT_EQ(progress_.Read().rows, 1200u);
  EXPECT_EQ(storage_.stage_calls() - calls, BlocksOf(staged->files) - BlocksOf(done) + 1)
      << "what was staged is not staged again; the manifest is";
  const auto outcome = CommitExport(task_, *staged, false, *container, {});
  ASSERT_TRUE(outcome);
  EXPECT_EQ(ReadBack(*outcome), source->Expected());
}

TEST_F(PipelineTest, OnlyFilesWhoseBlocksAreAllStagedAreSaved) {
  task_.request.max_file_bytes = 1024;
  parallel_uploads_ = 20;  // of several files
  storage_.Hold();
  auto run = std::async(std::launch::async, [this] { return Run(std::make_shared<NumberSource>(30, 40)); });
  storage_.WaitForHeld(20);
  stop_.request_stop();
  ASSERT_FALSE(run.get());
  EXPECT_THAT(saved_.files, IsEmpty());
}

TEST_F(PipelineTest, WhatIsCommittedCanBeCommittedAgain) {
  task_.request.max_file_bytes = 1024;
  const auto source = std::make_shared<NumberSource>(30, 40);
  storage_.FailCommit(3, Error{ErrorCode::kUnavailable, "the server dies here"});
  ASSERT_FALSE(Run(source));
  ASSERT_TRUE(saved_.manifest);
  for (int i = 0; i < 2; ++i) {
    const auto outcome = CommitExport(task_, saved_, true, *MakeMemoryContainer(storage_, "prefix/"), {});
    ASSERT_TRUE(outcome) << outcome.error().message;
    EXPECT_EQ(ReadBack(*outcome), source->Expected());
  }
}

TEST_F(PipelineTest, AnExportThatWouldReplaceABlobFailsAndChangesNothing) {
  const auto source = std::make_shared<NumberSource>(5, 20);
  for (const char* name : {".jsonl", ".manifest.json"}) {
    MemoryStorage storage;
    storage.Put(kStem + std::string(name), "of another server");
    const auto outcome = RunIn(storage, memory_, source, progress_);
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().reason, kBlobAlreadyExists);
    EXPECT_THAT(outcome.error().message, testing::HasSubstr(kStem + std::string(name)));
    EXPECT_EQ(storage.Read(kStem + std::string(name)), "of another server");
  }
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
