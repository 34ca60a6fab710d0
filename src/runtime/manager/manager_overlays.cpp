// Models made of other ones, and the removal of models.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/json.h"
#include "base/quote.h"
#include "hearth/error.h"
#include "hearth/hub.h"
#include "runtime/manager/manager_impl.h"

namespace hearth {
namespace {

/// What `below` says and `overlay` does not.
void inherit(ModelOverlay& overlay, const ModelOverlay& below) {
  overlay.from = below.from;
  if (!overlay.system) overlay.system = below.system;
  if (!overlay.chat_template) overlay.chat_template = below.chat_template;
  if (overlay.messages.empty()) overlay.messages = below.messages;
  if (overlay.license.empty()) overlay.license = below.license;
  const json::value own = parse_json(overlay.parameters_json, "parameters");
  if (!own.is_object()) {
    throw Error(ErrorCode::kInvalidArgument, fmt::format("{}: parameters must be an object", quote(overlay.name)));
  }
  json::value all = parse_json(below.parameters_json, "parameters");
  for (const auto& pair : own.get_object()) all.as_object()[pair.key()] = pair.value();
  overlay.parameters_json = json::serialize(all);
}

}  // namespace

void ModelManager::create_overlay(ModelOverlay overlay) {
  overlay.name = overlay_name(overlay.name);
  if (const auto below = impl_->overlays.find(overlay.from)) {
    inherit(overlay, *below);
  } else {
    overlay.from = impl_->resolve_file(overlay.from).id;
  }
  impl_->overlays.put(std::move(overlay));
}

void ModelManager::copy(const std::string& source, const std::string& target) {
  ModelOverlay overlay;
  if (const auto known = impl_->overlays.find(source)) {
    overlay = *known;
  } else {
    overlay.from = impl_->resolve_file(source).id;
    if (means_overlay(overlay.from, overlay_name(target))) return;  // it has this name
  }
  overlay.name = target;
  impl_->overlays.put(std::move(overlay));
}

void ModelManager::remove(const std::string& name) {
  if (impl_->overlays.remove(name)) return;
  if (!impl_->options.names.empty() || !impl_->options.models_dir.empty()) {
    const OfferedModel model = impl_->resolve_file(name);
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("{} lies where this server was told to look, and is not its own", quote(model.id)),
                "remove the file there");
  }
  if (aliases().contains(name)) {
    remove_alias(name);
    impl_->shelf.refresh();
    return;
  }
  const OfferedModel model = impl_->resolve_file(name);
  for (const ModelOverlay& overlay : impl_->overlays.all()) {
    if (overlay.from != model.id) continue;
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("{} cannot be removed: {} is made of it", quote(model.id), quote(overlay.name)),
                "remove that one first");
  }
  remove_model(model.id, false);
  impl_->pool->retire(model.path, "removed");
  impl_->shelf.refresh();
}

}  // namespace hearth
