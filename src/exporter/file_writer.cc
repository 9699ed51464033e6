#include "exporter/file_writer.h"

#include <fmt/format.h>

#include <utility>

#include "base/logging.h"
#include "exporter/encoded_span.h"
#include "exporter/file_names.h"

namespace rawhaul {
namespace {

tl::unexpected<Error> WrongNumbering() {
  return Fail(ErrorCode::kConflict, "the number of files was guessed wrong", std::string(kWrongNumbering));
}

}  // namespace

FileWriter::FileWriter(const ExportTask& task, bool numbered, uint64_t block_bytes, uint32_t max_blocks,
                       const std::string& prefix, BlockUploader& uploader, SaveStaged save)
    : task_(task),
      numbered_(numbered),
      block_bytes_(block_bytes),
      max_blocks_(max_blocks),
      prefix_(prefix),
      uploader_(uploader),
      save_(std::move(save)),
      compressor_(MakeCompressor(task.request.compression)),
      frame_(FrameOf(task.request.type, task.request.format)) {}

void FileWriter::GoOnBehind(std::vector<StagedFile> files) {
  files_ = std::move(files);
  saved_ = files_.size();
  staged_ = saved_;
}

Status FileWriter::Append(Segment segment) {
  const uint64_t needed = frame_.separator.size() + segment.plain_bytes + frame_.tail.size();
  if (is_open_ && plain_bytes_ + needed > task_.request.max_file_bytes) RAWHAUL_TRY(CloseFile(frame_.tail));
  if (!is_open_) {
    if (!files_.empty() && !numbered_) return WrongNumbering();
    OpenFile();
    RAWHAUL_TRY(PutHeadInto(segment));
  } else {
    plain_bytes_ += frame_.separator.size();
    RAWHAUL_TRY(WriteText(frame_.separator));
  }
  plain_bytes_ += segment.plain_bytes;
  ExportedFile& file = files_.back().file;
  file.rows += segment.encoded.rows;
  Widen(file.first, file.last, segment.encoded);
  files_.back().end = segment.end;
  RAWHAUL_TRY(Write(std::move(segment.packed)));
  return SaveWhatIsStaged();
}

Status FileWriter::Finish() {
  if (files_.empty()) {
    OpenFile();
    RAWHAUL_TRY(CloseFile(frame_.head + frame_.tail));
  }
  if (is_open_) RAWHAUL_TRY(CloseFile(frame_.tail));
  if (numbered_ && files_.size() == 1) return WrongNumbering();
  RAWHAUL_TRY(uploader_.Drain());
  TakeReceipts();
  return {};
}

Result<Checkpoint> FileWriter::Complete(StagedBlob manifest) {
  RAWHAUL_TRY(save_(std::span(files_).subspan(saved_), &manifest));
  return Checkpoint{std::move(files_), std::move(manifest)};
}

void FileWriter::KeepForLater() {
  // Its error is the one that ended the run.
  static_cast<void>(uploader_.Drain());
  if (const Status saved = SaveWhatIsStaged(); !saved) {
    log::Warn("export task {}: what is staged cannot be kept: {}", task_.id, saved.error().message);
  }
}

// Of the files whose blocks are all staged.
void FileWriter::TakeReceipts() {
  const uint64_t staged = uploader_.Staged();
  for (; !ended_.empty() && ended_.front() <= staged; ended_.pop_front()) {
    files_[staged_++].blocks = uploader_.TakeReceipts(ended_.front() - receipts_);
    receipts_ = ended_.front();
  }
}

// A snapshot is saved as a whole or not at all: a later run would read another state. A single file is saved
// at the end: until then it is not sure whether it gets a number.
Status FileWriter::SaveWhatIsStaged() {
  TakeReceipts();
  if (files_.size() < 2 || staged_ == saved_ || !files_[saved_].end) return {};
  RAWHAUL_TRY(save_(std::span(files_).subspan(saved_, staged_ - saved_), nullptr));
  saved_ = staged_;
  return {};
}

void FileWriter::OpenFile() {
  const auto number = numbered_ ? static_cast<unsigned>(files_.size() + 1) : 0;
  StagedFile staged;
  staged.blob = FileName(task_, number);
  staged.file.name = prefix_ + staged.blob;
  files_.push_back(std::move(staged));
  is_open_ = true;
  blocks_ = 0;
  plain_bytes_ = frame_.head.size();
  hash_ = Sha256Stream();
}

// It is packed once more, which is little work: a file begins once in many segments.
Status FileWriter::PutHeadInto(Segment& segment) {
  if (frame_.head.empty()) return {};
  ByteBuffer plain(frame_.head);
  RAWHAUL_TRY(compressor_->Decompress(segment.packed.view(), segment.plain_bytes, plain));
  segment.packed.Replace(Pack(plain.view()));
  return {};
}

Status FileWriter::CloseFile(std::string_view text) {
  RAWHAUL_TRY(WriteText(text));
  ExportedFile& file = files_.back().file;
  // Nothing at all is no valid gzip or zstd file; the compressed form of nothing is.
  if (file.bytes == 0 && task_.request.compression != Compression::kNone)
    RAWHAUL_TRY(Write(FileBytes(Pack(""))));
  if (!block_.empty()) RAWHAUL_TRY(StageBlock());
  file.sha256 = hash_.FinishHex();
  ended_.push_back(uploader_.handed_over());
  is_open_ = false;
  return {};
}

ByteBuffer FileWriter::Pack(std::string_view text) {
  ByteBuffer packed;
  compressor_->Compress(text, packed);
  return ByteBuffer(packed.view());  // without the room for the worst case, since it waits in a queue
}

Status FileWriter::WriteText(std::string_view text) {
  return text.empty() ? Status() : Write(FileBytes(Pack(text)));
}

Status FileWriter::Write(FileBytes packed) {
  hash_.Update(packed.view());
  files_.back().file.bytes += packed.view().size();
  bytes_in_block_ += packed.view().size();
  block_.push_back(std::move(packed));
  return bytes_in_block_ < block_bytes_ ? Status() : StageBlock();
}

// The size of blocks follows the largest file that is asked for, so this is for one that compression
// enlarges.
Status FileWriter::StageBlock() {
  if (blocks_ == max_blocks_) {
    return Fail(ErrorCode::kTooLarge,
                fmt::format("a file of more than {} blocks: ask for a smaller maxFileBytes", max_blocks_));
  }
  bytes_in_block_ = 0;
  return uploader_.Stage(files_.back().blob, blocks_++, std::exchange(block_, {}));
}

}  // namespace rawhaul
