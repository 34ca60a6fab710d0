// Models by name: what there is to have (the catalog), what lies on this disk (whoever put it there), and how to get
// the one from the other. Settings and the environment (HF_TOKEN, HF_ENDPOINT, HF_HOME …) are read at each call.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "hearth/error.h"
#include "hearth/model.h"

namespace hearth {

/// One quantisation of a model in the catalog.
struct CatalogFile {
  std::string quantization;  ///< "Q4_K_M"
  std::string name;          ///< of its GGUF file (of the only part); empty where the catalog does not say
  std::uint64_t bytes = 0;   ///< of its files: about, from the model's shape; 0: not known
  std::uint64_t memory = 0;  ///< that running it takes at the usual context; about; 0: not known
};

/// A model that Hearth knows by name.
struct CatalogModel {
  std::string name;  ///< "qwen2.5:0.5b"
  std::string title, note;
  std::string repository, original;  ///< owner/repo; `original` is the makers', where `repository` is a conversion
  std::string architecture, chat_template;
  std::string license, terms, accept;  ///< where it can be read; where it must be accepted before a download
  bool commercial = true;              ///< whether the licence allows commercial use
  bool is_default = false;             ///< the name without a tag means this one
  std::vector<std::string> aliases, quantizations, purposes;
  std::int64_t context = 0;        ///< tokens; 0: not known
  std::uint64_t parameters = 0;    ///< 0: not known
  std::vector<CatalogFile> files;  ///< one for each of `quantizations`
};

/// Hearth's own and those of the user's catalog.toml. Errors: kInvalidArgument naming file and line of a bad one.
std::vector<CatalogModel> catalog_models();
/// Those in which every word occurs (name, title, note, architecture, licence, purposes), and that serve `purpose`
/// ("chat", "code", "embed", "shell") unless it is empty.
std::vector<CatalogModel> search_catalog(const std::vector<std::string>& words, const std::string& purpose = {});

/// A model on this disk.
struct LocalModel {
  std::string name;   ///< as one may type it
  std::string store;  ///< "hearth", "huggingface", "ollama", "lmstudio", "llama.cpp", "folder"
  std::string path;   ///< what Model::load opens
  std::vector<std::string> files;
  std::uint64_t bytes = 0;
  std::string quantization, architecture;  ///< may be empty
  std::vector<std::string> other_names;    ///< of the catalog, aliases
  bool is_ours = false;                    ///< Hearth fetched or imported it; others are never removed without force
  std::optional<std::int64_t> last_used;   ///< Unix time; empty: never by Hearth
  std::string problem;                     ///< why it cannot be used; empty when nothing is known against it
};
/// All stores, sorted by name. What is broken is listed with its problem.
std::vector<LocalModel> local_models();

/// Path, alias, catalog name, name of a local model, owner/repo, hf://…, https://…: the path of what is on this disk,
/// or nothing. Looks at no network. Errors: kInvalidArgument for what can be no name.
std::optional<std::string> find_model(const std::string& name);
/// As find_model(); Errors: also kNotFound, with near names and how to get it.
std::string locate_model(const std::string& name);
/// Whether a single word names a model that is known (catalog, alias, on this disk) or that the hub may have
/// (owner/repo, an address). Never throws.
bool is_model_name(const std::string& word);
/// For completion: aliases, local models, the catalog.
std::vector<std::string> known_model_names();

struct PullRequest {
  std::string name;
  std::string quantization;  ///< "Q4_K_M"; empty: as the name says, or the best that fits
  std::string revision;      ///< branch, tag or commit; empty: as the name says, or main
  std::int64_t context = 0;  ///< tokens that shall fit with it; 0: the usual
  int connections = 6;
  const std::atomic<bool>* cancel = nullptr;
};

struct PullFile {
  std::string name;
  std::uint64_t bytes = 0;
  std::string id;        ///< SHA-256 or git's id, as the hub states it; empty: none is stated
  bool present = false;  ///< on this disk already
};

/// What a pull would do.
struct PullPlan {
  std::string name;                ///< as it can be typed afterwards
  std::string repository, commit;  ///< empty for an address
  std::string revision;
  std::string address;               ///< of a file without a hub
  std::string source;                ///< "huggingface.co", for people
  std::string quantization, reason;  ///< and why that one
  bool fits = true;                  ///< into the memory that is free
  std::vector<PullFile> files;
  std::uint64_t bytes = 0, missing_bytes = 0;
  std::string license, terms;
  bool commercial = true;
  std::string path;   ///< where it will lie
  std::string store;  ///< another program's, which has these very files already: nothing is fetched; else empty
};
/// Asks the hub. Errors: kNotFound (with near names), kInvalidArgument, kUnsupported (offline, gated, private: says
/// what to accept and where; no weights that Hearth reads), kIo, kCancelled.
PullPlan plan_pull(const PullRequest& request);

struct PullProgress {
  enum Phase { kWaiting, kDownloading, kChecking } phase = kDownloading;
  std::string file;
  std::uint64_t done = 0, total = 0;  ///< bytes of all files; while checking, of this one
};
/// Fetches what is missing, checks it and puts it in place. Returns the path. Errors: as plan_pull, kCorruptData.
std::string pull(const PullRequest& request, const PullPlan& plan,
                 const std::function<void(const PullProgress&)>& on_progress = {});

/// Names of one's own: alias → what it stands for.
std::map<std::string, std::string> aliases();
/// Errors: kInvalidArgument (no name; a circle), kIo.
void set_alias(const std::string& alias, const std::string& target);
/// False where there is none. Errors: kIo.
bool remove_alias(const std::string& alias);

struct Removed {
  std::string what;
  std::uint64_t bytes = 0;  ///< free now
};
/// Removes an alias, or a model that Hearth fetched or imported; with `force` another program's too. Errors: kNotFound,
/// kInvalidArgument (another program's), kIo.
Removed remove_model(const std::string& name, bool force);

struct Pruned {
  std::string path, why;
  std::uint64_t bytes = 0;
};
/// Removes interrupted downloads that nobody is at, and weights that Hearth packed for speed (it makes them again when
/// they are needed). `dry_run`: only tells.
std::vector<Pruned> prune_models(bool dry_run);

struct VerifiedFile {
  std::string path;
  std::uint64_t bytes = 0;
  std::string expected, found;  ///< SHA-256 or git's id; `expected` is empty where nobody stated one
  bool ok() const { return expected == found; }
};
/// Hashes a local model again and compares with what its store states. Errors: kNotFound, kIo, kCancelled.
std::vector<VerifiedFile> verify_model(const std::string& name, const std::atomic<bool>* cancel = nullptr,
                                       const std::function<void(const PullProgress&)>& on_progress = {});

/// Whether a model fits into this machine, with the numbers.
struct FitReport {
  std::string name, quantization;
  bool is_local = false;
  bool is_estimate = true;  ///< from the catalog's shape; false: from the file itself
  std::int64_t context = 0;
  MemoryNeed need;
  std::uint64_t memory_available = 0;
  bool fits = false;
  double tokens_per_second = 0;  ///< of an answer: about what the memory's bandwidth allows; 0: not known
};
/// Of a model on this disk or in the catalog. Errors: kNotFound, kUnsupported where its size is not known.
FitReport check_fit(const std::string& name, std::int64_t context = 0);

struct Recommendation {
  CatalogModel model;
  FitReport fit;
  std::string why;
};
/// Models of the catalog for a purpose ("chat", "code", "embed", "shell"), best first: those that fit, the most capable
/// ones that answer at a bearable speed. `production` prefers the most capable, else ("dev") the quickest that is
/// useful.
std::vector<Recommendation> recommend_models(const std::string& purpose, bool production, std::int64_t context = 0);

/// Bytes a second that so many threads (0: one per core) together read from memory, measured now (about a tenth of a
/// second).
double measure_memory_bandwidth(int threads = 0);

/// Notes that a model was used now, for `hearth list`. A convenience: it never fails.
void note_model_used(const std::string& path);

}  // namespace hearth
