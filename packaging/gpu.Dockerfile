# Training on an NVIDIA GPU: CUDA 13, cuDNN 9 and NCCL 2 from the image, libtorch from Maven (./mvnw -Pcuda). No ROS. Not built where it was
# written (no container engine there); see that the image's CUDA is the one that pom.xml names (cuda.version).
#   docker build -f packaging/gpu.Dockerfile -t flowmatching:cuda .
#   docker run --rm -it --gpus=all --shm-size=8g -v $PWD:/data flowmatching:cuda train --dataset.root=/data/set --output_dir=/data/run
ARG CUDA=13.0.1
FROM nvidia/cuda:${CUDA}-cudnn-runtime-ubuntu24.04
# NCCL is in the image and held there: apt-get fails where it is asked for and NVIDIA has a newer one.
RUN apt-get update \
    && apt-get install -y --no-install-recommends openjdk-17-jdk-headless \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /flowmatching
COPY . .
# As the launcher would, but with the GPU's libtorch.
RUN ./mvnw -B -ntp -q -Pcuda -DskipTests package && rm -rf /root/.m2
ENTRYPOINT ["/flowmatching/flowmatching"]
CMD ["--help"]
