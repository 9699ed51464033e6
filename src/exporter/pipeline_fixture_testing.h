// What tests of exports from pieces to files have in common.
#pragma once

#include <gtest/gtest.h>

#include <future>
#include <stdexcept>

#include "base/digest.h"
#include "base/encoding.h"
#include "blob/memory_container_testing.h"
#include "exporter/pipeline.h"

namespace rawhaul {

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

inline constexpr char kStem[] = "prefix/Event_2016-04-01_2016-04-01_7";

}  // namespace rawhaul
